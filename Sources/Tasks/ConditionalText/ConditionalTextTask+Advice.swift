import Corpora
import Runs

/// Settings of a model of labelled texts that follow from them: `docs/defaults.md`.
extension ConditionalTextTask {
  public static let advisedKeys: Set<String> = [
    "model.hidden", "model.dropout", "train.batch", "train.epochs", "schedule.name",
  ]

  public static func advise(
    _ settings: ConditionalTextSettings, _ source: LabelledTexts
  ) throws -> Advice {
    let length = LearningLength(
      examples: source.count, settings.train, batches: 8...64, updates: 6000, epochs: 10...100)
    var advice = Advice()
    advice.add(
      because: "\(source.count) texts",
      [
        "model.hidden": .integer(source.count < 2000 ? 128 : 256),
        "train.batch": .integer(length.batch), "train.epochs": .integer(length.epochs),
        "schedule.name": .string("cosine"),
      ])
    advice.holdBack(settings.model.stack, settings.train, ["model.dropout": .number(0.3)])
    return advice
  }
}
