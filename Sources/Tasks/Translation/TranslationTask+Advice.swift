import Corpora
import Runs

/// Settings of a translator that follow from its pairs: `docs/defaults.md`.
extension TranslationTask {
  public static let advisedKeys: Set<String> = [
    "data.source_tokens", "data.target_tokens", "data.min_count", "model.bidirectional",
    "model.hidden", "model.decoder_hidden", "model.embedding", "model.attention", "model.tie",
    "model.dropout", "train.batch_tokens", "train.epochs", "optimizer.name", "optimizer.lr",
    "optimizer.weight_decay", "schedule.name", "schedule.warmup", "train.label_smoothing",
  ]

  public static func advise(
    _ settings: TranslationSettings, _ source: TranslationPairs
  ) throws -> Advice {
    let (texts, count) = (source.texts, source.texts.count)
    var advice = Advice()
    if !settings.data.$tokens.isGiven {
      for (side, texts) in [("source", texts.sources), ("target", texts.targets)]
      where hasNoWords(texts) {
        advice.add(
          because: "no blanks divide the words of the \(side)",
          ["data.\(side)_tokens": .string(TranslationTokens.Kind.char.rawValue)])
      }
    }
    advice.add(
      because: "a source is there as a whole before its translation begins",
      ["model.bidirectional": .boolean(true), "model.attention": .string("additive")])
    advice.add(
      because: "what the decoder reads it also writes", ["model.tie": .string("decoder")])
    if count >= 5_000 {
      advice.add(
        because: "a word that \(count) pairs show once is learnt by nobody",
        ["data.min_count": .integer(2)])
    }
    let isSmall = count < 10_000
    let epochs = min(max(400_000 / max(count, 1), 6), 50)
    advice.add(
      because: "\(count) pairs",
      [
        "model.hidden": .integer(isSmall ? 128 : 256),
        "model.decoder_hidden": .integer(isSmall ? 256 : 512),
        "model.embedding": .integer(isSmall ? 128 : 256),
        "train.epochs": .integer(epochs),
      ])
    advice.add(
      RisingRate(
        height: 3e-3, plain: 1e-3, plainWarmup: count < 50_000 ? 200 : 500, weightDecay: 0.05,
        epochs: epochs, reason: "after a warm-up pairs are learnt at a high rate"),
      settings)
    advice.holdBack(
      settings.model.stack, settings.train,
      ["model.dropout": .number(count < 50_000 ? 0.4 : 0.3)])
    if count < 50_000, settings.model.stack.isHeldBack(settings.train) {
      advice.add(
        because: "few pairs show few of a sentence's translations",
        ["train.label_smoothing": .number(0.1)])
    }
    if count >= 50_000, !settings.train.$batch.isGiven {
      advice.add(
        because: "so many pairs fill minibatches of equal work",
        ["train.batch_tokens": .integer(2000)])
    }
    return advice
  }

  /// Whether texts are written without blanks: few of them, and many letters.
  private static func hasNoWords(_ texts: some Collection<String>) -> Bool {
    let sample = texts.prefix(10_000)
    let letters = sample.reduce(0) { $0 + $1.unicodeScalars.count }
    let words = sample.reduce(0) { $0 + $1.split(whereSeparator: \.isWhitespace).count }
    return letters > 2 * sample.count && words < 2 * sample.count && letters > 4 * words
  }
}
