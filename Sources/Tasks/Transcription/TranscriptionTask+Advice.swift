import Corpora
import Runs

/// Settings of a transcriber that follow from its recordings: `docs/defaults.md`.
extension TranscriptionTask {
  public static let advisedKeys: Set<String> = [
    "model.bidirectional", "model.layers", "model.hidden", "model.dropout", "model.input_noise",
    "train.batch", "train.epochs", "schedule.name", "schedule.warmup",
  ]

  public static func advise(
    _ settings: TranscriptionSettings, _ source: TranscribedRecordings
  ) throws -> Advice {
    let examples = source.examples
    let hours = examples.utterances.seconds / 3600
    let length = LearningLength(
      examples: examples.count, settings.train, batches: 8...32, updates: 1600, epochs: 12...80)
    var advice = Advice()
    advice.add(
      because: "a recording is there as a whole before it is written down",
      ["model.bidirectional": .boolean(true)])
    advice.add(
      because: "\(examples.count) recordings",
      [
        "model.layers": .integer(hours < 10 ? 2 : 3),
        "model.hidden": .integer(hours < 10 ? 128 : 320),
        "train.batch": .integer(length.batch),
        "train.epochs": .integer(length.epochs), "schedule.name": .string("cosine"),
        "schedule.warmup": .integer(100),
      ])
    advice.holdBack(settings.model.stack, settings.train, ["model.dropout": .number(0.3)])
    if settings.features.normalize, settings.model.stack.isHeldBack(settings.train) {
      advice.add(
        because: "features of variance 1 bear some noise", ["model.input_noise": .number(0.3)])
    }
    return advice
  }
}
