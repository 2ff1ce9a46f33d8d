import Corpora
import Runs

/// Settings of a transcriber that follow from its recordings: `docs/defaults.md`.
extension TranscriptionTask {
  public static let advisedKeys: Set<String> = [
    "model.bidirectional", "model.layers", "model.hidden", "model.dropout", "model.input_noise",
    "train.batch", "train.epochs", "optimizer.name", "optimizer.weight_decay", "optimizer.lr",
    "schedule.name", "schedule.warmup",
  ]

  public static func advise(
    _ settings: TranscriptionSettings, _ source: TranscribedRecordings
  ) throws -> Advice {
    let examples = source.examples
    let hours = examples.utterances.seconds / 3600
    let length = LearningLength(
      examples: examples.count, settings.train, batches: 8...32, updates: 1600, epochs: 12...80)
    let isShort = hours < 10
    var advice = Advice()
    advice.add(
      because: "a recording is there as a whole before it is written down",
      ["model.bidirectional": .boolean(true)])
    advice.add(
      because: "\(examples.count) recordings",
      [
        "model.layers": .integer(isShort ? 2 : 3),
        "model.hidden": .integer(isShort ? 128 : 320),
        "train.batch": .integer(length.batch),
        "train.epochs": .integer(length.epochs),
      ])
    advice.add(
      RisingRate(
        height: isShort ? 5e-3 : nil, plain: 2e-3, plainWarmup: 100, weightDecay: 0.05,
        epochs: length.epochs, reason: "after a warm-up recordings are learnt at a high rate"),
      settings)
    // Cepstra bear what filters, which each have noise of their own, do not.
    let (dropout, noise) = settings.features.kind == "mfcc" ? (0.5, 0.6) : (0.3, 0.3)
    advice.holdBack(settings.model.stack, settings.train, ["model.dropout": .number(dropout)])
    if settings.features.normalize, settings.model.stack.isHeldBack(settings.train) {
      advice.add(
        because: "features of variance 1 bear some noise", ["model.input_noise": .number(noise)])
    }
    return advice
  }
}
