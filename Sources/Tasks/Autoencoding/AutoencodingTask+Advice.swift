import Corpora
import Runs

/// Settings of an autoencoder that follow from its sequences: `docs/defaults.md`.
extension AutoencodingTask {
  public static let advisedKeys: Set<String> = [
    "data.min_count", "data.lowercase", "features.deltas", "model.bidirectional", "model.hidden",
    "model.code", "model.embedding", "model.tie", "model.init", "model.forget_bias",
    "model.decoder_input", "model.input_noise", "train.batch", "train.epochs", "optimizer.lr",
    "schedule.name", "schedule.warmup",
  ]

  public static func advise(
    _ settings: AutoencodingSettings, _ source: AutoencodingSource
  ) throws -> Advice {
    switch source {
    case .text(let text): advise(settings, text)
    case .recordings(let recordings): advise(settings, recordings)
    }
  }

  private static func advise(
    _ settings: AutoencodingSettings, _ text: TextSequences
  ) -> Advice {
    let count = text.count
    let length = LearningLength(
      examples: count, settings.train, batches: 8...64, updates: 18_000, epochs: 6...60)
    var advice = Advice()
    advice.add(
      because: "what is written is what was read",
      ["model.bidirectional": .boolean(true), "model.tie": .boolean(true)])
    if settings.data.tokens == "word" {
      advice.add(
        because: "words of \(count) sequences that are too rare to be learnt",
        [
          "data.lowercase": .boolean(true),
          "data.min_count": .integer(count < 5_000 ? 1 : count < 50_000 ? 2 : 4),
        ])
    }
    if settings.model.stack.cell == "lstm" {
      advice.add(
        because: "a vector has to be carried over many steps",
        ["model.init": .string("orthogonal"), "model.forget_bias": .number(1)])
    }
    let isSmall = count < 20_000
    advice.add(
      because: "\(count) sequences",
      [
        "model.hidden": .integer(isSmall ? 128 : 320), "model.code": .integer(isSmall ? 128 : 512),
        "model.embedding": .integer(isSmall ? 128 : 192), "train.batch": .integer(length.batch),
        "train.epochs": .integer(length.epochs), "optimizer.lr": .number(3e-3),
        "schedule.name": .string("cosine"), "schedule.warmup": .integer(isSmall ? 50 : 200),
      ])
    return advice
  }

  private static func advise(
    _ settings: AutoencodingSettings, _ recordings: Recordings
  ) -> Advice {
    let count = recordings.utterances.count
    let length = LearningLength(
      examples: count, settings.train, batches: 8...32, updates: 1000, epochs: 6...60)
    var advice = Advice()
    advice.add(
      because: "a recording is there as a whole before it is made again",
      ["model.bidirectional": .boolean(true)])
    if settings.model.feedCode {
      advice.add(
        because: "a decoder that reads the frame before repeats it",
        ["model.decoder_input": .string("none")])
    }
    if settings.features.normalize, settings.model.stack.isHeldBack(settings.train) {
      advice.add(
        because: "features of variance 1 bear some noise", ["model.input_noise": .number(0.3)])
    }
    advice.add(
      because: "\(count) recordings",
      [
        "features.deltas": .integer(1), "model.hidden": .integer(128), "model.code": .integer(64),
        "train.batch": .integer(length.batch), "train.epochs": .integer(length.epochs),
        "schedule.name": .string("cosine"),
      ])
    return advice
  }
}
