import Corpora
import Runs

/// Settings of a classifier that follow from its examples: `docs/defaults.md`.
extension ClassificationTask {
  public static let advisedKeys: Set<String> = [
    "data.valid_fraction", "data.tokens", "data.encode", "data.lowercase", "data.standardize",
    "model.cell", "model.layers",
    "model.hidden", "model.bidirectional", "model.dropout", "model.embedding", "model.pooling",
    "train.batch", "train.epochs", "optimizer.name", "optimizer.weight_decay", "optimizer.lr",
    "schedule.name", "schedule.warmup",
  ]

  public static func advise(
    _ settings: ClassificationSettings, _ source: ClassificationData
  ) throws -> Advice {
    var advice =
      switch source.content {
      case .series(let series): advise(settings, series)
      case .texts(let texts): advise(settings, texts)
      }
    if source.count < fewest, settings.data.valid.isEmpty, !settings.goesByValidation {
      advice.add(
        because: "a share of so few examples could not tell which weights are best: all are learnt "
          + "from, and the last weights count", ["data.valid_fraction": .number(0)])
    }
    return advice
  }

  /// Of fewer examples none are held out.
  private static let fewest = 1000

  // MARK: Series

  private static func advise(
    _ settings: ClassificationSettings, _ series: LabelledSeries
  ) -> Advice {
    let (count, isImages) = (series.count, !settings.data.labels.isEmpty)
    let length = LearningLength(
      examples: count, settings.train, batches: 8...64, updates: 3000, epochs: 10...150)
    var advice = Advice()
    advice.add(
      because: "series are read both ways, and what tells may stand anywhere in them",
      [
        "model.cell": .string("gru"), "model.bidirectional": .boolean(true),
        "model.pooling": .string("max"),
      ])
    if !isImages {
      advice.add(
        because: "channels may have any scale", ["data.standardize": .boolean(true)])
    }
    advice.add(
      because: "\(count) series",
      [
        "model.layers": .integer(count < 2000 ? 1 : 2), "model.hidden": .integer(64),
        "train.batch": .integer(length.batch),
        "train.epochs": .integer(length.epochs), "optimizer.lr": .number(5e-3),
        "schedule.name": .string("cosine"),
      ])
    advice.holdBack(settings.model.stack, settings.train, ["model.dropout": .number(0.3)])
    return advice
  }

  // MARK: Texts

  private static func advise(_ settings: ClassificationSettings, _ texts: LabelledTexts) -> Advice {
    let (data, count) = (settings.data, texts.count)
    let readsWords = data.tokens == "word" && (data.$tokens.isGiven || hasWords(texts, data))
    let readsSubwords = data.tokens == ClassificationForm.subwordKind
    // Steps of a text are many where each is a letter.
    let areFew = readsWords || readsSubwords
    var advice = Advice()
    if data.tokens == "word", !readsWords {
      advice.add(because: "texts of a word or two", ["data.tokens": .string("char")])
    }
    let spells =
      readsWords && data.vectors.embeddings.isEmpty && count < 100_000
      && !(data.$encode.isGiven && data.encode == "ids")
    if spells {
      advice.add(
        because: "words of so few texts are seen too rarely to be learnt one by one",
        ["data.encode": .string("trigrams"), "data.lowercase": .boolean(true)])
    }
    advice.add(
      because: "texts are read both ways, and what tells may stand anywhere in them",
      ["model.bidirectional": .boolean(true), "model.pooling": .string("max")])
    let length = LearningLength(
      examples: count, settings.train, batches: 8...32, updates: areFew ? 1600 : 6000,
      epochs: areFew ? 5...50 : 10...100)
    let steps = readsSubwords ? "subwords" : readsWords ? "words" : "characters"
    advice.add(
      because: "\(count) texts of \(steps)",
      [
        "model.embedding": .integer(areFew ? 128 : 64), "train.batch": .integer(length.batch),
        "train.epochs": .integer(length.epochs),
      ])
    advice.add(
      RisingRate(
        height: areFew ? 5e-3 : 1e-2, plain: areFew ? 1e-3 : 3e-3, weightDecay: 0.05,
        epochs: length.epochs, reason: "after a warm-up \(steps) are learnt at a high rate"),
      settings)
    advice.holdBack(settings.model.stack, settings.train, ["model.dropout": .number(0.5)])
    return advice
  }

  /// Whether texts have more than two words on average. Where words are spelt, or divided, they have.
  private static func hasWords(_ texts: LabelledTexts, _ data: ClassificationSettings.Data) -> Bool
  {
    guard data.encode == "ids", data.split == "blank", data.vectors.embeddings.isEmpty else {
      return true
    }
    let words = texts.texts.reduce(0) { $0 + ClassificationForm.wordCount($1) }
    return words > 2 * texts.count
  }
}
