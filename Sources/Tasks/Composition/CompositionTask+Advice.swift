import Corpora
import Runs

/// Settings of a composer that follow from its pieces: `docs/defaults.md`.
extension CompositionTask {
  public static let advisedKeys: Set<String> = [
    "model.hidden", "model.init", "model.dropout", "train.batch", "train.epochs", "schedule.name",
  ]

  public static func advise(
    _ settings: CompositionSettings, _ source: LabelledMusic
  ) throws -> Advice {
    let count = source.pieces.count
    let length = LearningLength(
      examples: count, settings.train, batches: count < 1000 ? 1...1 : 4...16, updates: 12_000,
      epochs: 20...100)
    var advice = Advice()
    advice.add(
      because: "\(count) pieces",
      [
        "model.hidden": .integer(200), "train.batch": .integer(length.batch),
        "train.epochs": .integer(length.epochs), "schedule.name": .string("cosine"),
      ])
    advice.holdBack(
      settings.model.stack, settings.train,
      ["model.dropout": .number(0.5), "model.init": .string("xavier")])
    return advice
  }
}
