import Compute
import Networks

/// The tables that the jobs share. Every key means the same in all of them.
package enum CommonSchema {
  package static let schedules = ["constant", "step", "exponential", "cosine", "plateau", "linear"]
  package static let taskKey = "run.task"

  static let count = 0...Int(Int32.max)
  static let positiveCount = 1...Int(Int32.max)

  /// What a continued run may change: it does not change the meaning of what was done so far.
  package static let changeableKeys: Set<String> = [
    "train.epochs", "train.updates", "train.threads", "train.eval_every", "train.save_every",
    "train.patience", "optimizer.lr", "optimizer.clip_norm", "optimizer.clip_value",
    "schedule.name", "schedule.warmup", "schedule.factor", "schedule.every", "schedule.start",
    "schedule.patience", "schedule.minimum",
  ]

  /// Tells jobs apart: a configuration of another job is refused.
  package static func run(_ kind: JobKind) -> ConfigurationSchema.Table {
    ConfigurationSchema.Table(
      "run", "What the run does",
      [.choice("task", kind.rawValue, of: [kind.rawValue], "What is trained")])
  }

  /// - Parameter more: the job's own options of this table.
  package static func training(
    batch: Int = 64, epochs: Int = 10, _ more: [ConfigurationOption] = []
  ) -> ConfigurationSchema.Table {
    ConfigurationSchema.Table(
      "train", "The update loop",
      [
        .integer("batch", batch, in: 1...1_048_576, "Sequences in a minibatch"),
        .integer("epochs", epochs, in: positiveCount, "Passes over the training data"),
        .integer("updates", 0, in: count, "Stop after this many updates; 0: by epochs"),
        .integer("threads", 0, in: 0...4096, "Worker threads; 0: as many as there are cores"),
        .choice("precision", "f32", of: ["f32", "bf16"], "Type of the products' operands"),
        .integer("seed", 1, in: 0...Int.max, "Seed of every random number"),
        .integer("eval_every", 0, in: count, "Updates between validations; 0: after each epoch"),
        .integer("save_every", 0, in: count, "Updates between checkpoints; 0: after each epoch"),
        .integer(
          "patience", 0, in: count, "Validations without progress before stopping; 0: never"),
      ] + more)
  }

  package static let optimizer = ConfigurationSchema.Table(
    "optimizer", "How gradients change weights",
    [
      .choice(
        "name", "adam", of: OptimizerConfiguration.Kind.allCases.map(\.rawValue), "Update rule"),
      .number("lr", 2e-3, in: .positive, "Learning rate before the schedule"),
      .number("momentum", 0.9, in: .fraction, "For momentum and nesterov"),
      .number("beta1", 0.9, in: .fraction, "Decay of the first moment, for adam and adamw"),
      .number("beta2", 0.999, in: .fraction, "Decay of the second moment, for adam and adamw"),
      ConfigurationOption(
        "epsilon", .number(.positive),
        default: .following(
          key: "optimizer.name", ["adagrad": .number(1e-10)], otherwise: .number(1e-8)),
        help: "Added to the root, for adam, adamw, rmsprop and adagrad"),
      .number("rho", 0.99, in: .fraction, "Decay of the squares, for rmsprop"),
      .number("weight_decay", 0, in: .notNegative, "Strength of weight decay"),
      ConfigurationOption(
        "decay_mode", .choice(["decoupled", "l2"]),
        default: .following(
          key: "optimizer.name", ["adamw": .string("decoupled")], otherwise: .string("l2")),
        help: "Decay beside the update, or as part of the gradient"),
      .number("clip_norm", 5, in: .notNegative, "Largest norm of the whole gradient; 0: any"),
      .number("clip_value", 0, in: .notNegative, "Largest element of the gradient; 0: any"),
      .integer(
        "average_after", 0, in: count,
        "Average the weights once validation is worse than this many validations ago; 0: never"),
    ])

  package static let schedule = ConfigurationSchema.Table(
    "schedule", "How the learning rate changes",
    [
      .choice("name", "constant", of: schedules, "Shape of the decay"),
      .integer("warmup", 0, in: count, "Updates of linear warm-up from 0"),
      ConfigurationOption(
        "factor", .number(.factor),
        default: .following(
          key: "schedule.name", ["exponential": .number(0.97)], otherwise: .number(0.5)),
        help: "What each decay multiplies by, for step, exponential and plateau"),
      .integer("every", 1, in: positiveCount, "Epochs between decays, for step"),
      .integer(
        "start", 0, in: count,
        "Epochs before the first decay, for step and exponential; 0: as 'every'"),
      .integer("patience", 2, in: count, "Validations without progress that plateau lets pass"),
      .number("minimum", 0, in: .notNegative, "Learning rate that decay never goes below"),
    ])
}
