import Compute
import Networks

/// The options of the language model job.
public enum LanguageModelSchema {
  public static let schedules = ["constant", "step", "exponential", "cosine", "plateau", "linear"]

  public static let standard = ConfigurationSchema([data, model, training, optimizer, schedule])

  private static let count = 0...Int(Int32.max)
  private static let positiveCount = 1...Int(Int32.max)

  private static let data = ConfigurationSchema.Table(
    "data", "The text and how it becomes tokens",
    [
      .strings("text", [], "Text files to train on, read in this order"),
      .string("valid", "", "Text file to validate on; empty: the end of the training text"),
      .choice("tokens", "char", of: ["char", "word", "byte"], "What a token is"),
      .integer("vocabulary_size", 0, in: count, "Keep this many most frequent tokens; 0: all"),
      .integer("min_count", 1, in: positiveCount, "Drop tokens seen less often than this"),
      .number(
        "valid_fraction", 0.05, in: .fraction, "Share of the text to validate on without a file"),
      .string("cache", "", "Folder for token files; empty: in the run's folder"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    [
      .choice("cell", "lstm", of: CellKind.allCases.map(\.rawValue), "Recurrent cell"),
      .integer("layers", 2, in: 1...256, "Recurrent layers"),
      .integer("hidden", 512, in: 1...65536, "Units in a recurrent layer"),
      .integer("embedding", 128, in: 1...65536, "Units of the token embedding"),
      .boolean("tie", false, "Share the embedding with the output layer"),
      .number("dropout", 0, in: .fraction, "Share of activations dropped between layers"),
      .string(
        "init", "default", "How weights begin: \(InitializationScheme.allowed)"),
      .number(
        "forget_bias", 0, in: NumberRange(lower: -100, upper: 100),
        "Where an LSTM's forget gate bias begins; 0: as the other biases"),
    ])

  private static let training = ConfigurationSchema.Table(
    "train", "The update loop",
    [
      .integer("batch", 64, in: 1...1_048_576, "Sequences in a minibatch"),
      .integer("steps", 64, in: 1...1_048_576, "Time steps of an update"),
      .integer("epochs", 10, in: positiveCount, "Passes over the text"),
      .integer("updates", 0, in: count, "Stop after this many updates; 0: by epochs"),
      .integer("threads", 0, in: 0...4096, "Worker threads; 0: as many as there are cores"),
      .choice("precision", "f32", of: ["f32", "bf16"], "Type of the products' operands"),
      .integer("seed", 1, in: 0...Int.max, "Seed of every random number"),
      .integer("eval_every", 0, in: count, "Updates between validations; 0: after each epoch"),
      .integer("save_every", 0, in: count, "Updates between checkpoints; 0: after each epoch"),
      .integer("patience", 0, in: count, "Validations without progress before stopping; 0: never"),
      .choice(
        "loss_scale", "mean", of: ["mean", "sum-steps"],
        "Gradient of the mean over tokens, or of the sum over time steps"),
    ])

  private static let optimizer = ConfigurationSchema.Table(
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
    ])

  private static let schedule = ConfigurationSchema.Table(
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

  /// Checks what no option can check alone. Throws `UserError.usage`.
  public static func check(_ configuration: ResolvedConfiguration) throws {
    _ = try InitializationScheme(parsing: configuration.string("model.init"))
    _ = try LearningRateSchedule(configuration)
  }
}
