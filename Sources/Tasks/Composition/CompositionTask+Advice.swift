import Corpora
import Runs

/// Settings of a composer that follow from its pieces: `docs/defaults.md`.
extension CompositionTask {
  public static let advisedKeys: Set<String> = [
    "model.hidden", "model.init", "model.dropout", "train.batch", "train.epochs", "optimizer.name",
    "optimizer.weight_decay", "optimizer.lr", "schedule.name", "schedule.warmup",
  ]

  public static func advise(
    _ settings: CompositionSettings, _ source: LabelledMusic
  ) throws -> Advice {
    let count = source.pieces.count
    let length = LearningLength(
      examples: count, settings.train, batches: count < 1000 ? 1...1 : 4...16, updates: 4_600,
      epochs: 20...100)
    var advice = Advice()
    advice.add(
      because: "\(count) pieces",
      [
        "model.hidden": .integer(200), "train.batch": .integer(length.batch),
        "train.epochs": .integer(length.epochs),
      ])
    advice.add(
      RisingRate(
        height: 2e-2, plain: 2e-3, weightDecay: 0.05, epochs: length.epochs,
        reason: "after a warm-up pieces are learnt at a high rate"), settings)
    advice.holdBack(
      settings.model.stack, settings.train,
      ["model.dropout": .number(0.5), "model.init": .string("xavier")])
    return advice
  }
}
