import Compute
import Corpora
import Runs

/// Settings of a tagger that follow from its sentences: `docs/defaults.md`.
extension TaggingTask {
  public static let advisedKeys: Set<String> = [
    "data.learn", "data.lowercase", "data.hide_digits", "model.bidirectional", "model.hidden",
    "model.dropout", "model.init", "model.characters", "model.character_embedding",
    "model.input_dropout", "model.head", "train.epochs", "optimizer.name", "optimizer.weight_decay",
    "optimizer.lr", "schedule.name", "schedule.warmup",
  ]

  /// More tags than this are chosen one by one: the time of a random field grows with their square.
  private static let mostForField = 200

  public static func advise(_ settings: TaggingSettings, _ source: TaggedCorpus) throws -> Advice {
    let data = settings.data
    let counts = try source.counts(threads: settings.train.workerCount)
    let (words, tagCount) = (source.wordCount, counts.tags.count)
    let scheme =
      data.scheme == "auto"
      ? TagNotation.detect(in: counts.triples)?.scheme
      : TagScheme(rawValue: data.scheme)
    var advice = Advice()
    advice.add(
      because: "a tag depends on the words on both sides", ["model.bidirectional": .boolean(true)])
    if tagCount <= mostForField, !data.weights.shapesLoss {
      advice.add(
        because: "\(tagCount) tags, few enough to be chosen together",
        ["model.head": .string("crf")])
    }
    if scheme == .iob1 || scheme == .iob2, settings.model.head != .sigmoid {
      advice.add(
        because: "tags are spans, whose ends and single words are tags of their own",
        ["data.learn": .string(TagScheme.iobes.rawValue)])
    }
    let hasLetters = hasMoreWordsThanLetters(counts.words)
    if hasLetters {
      advice.add(
        because: "words are read by their letters too",
        ["model.characters": .integer(50), "model.character_embedding": .integer(30)])
    }
    if data.vectors.embeddings.isEmpty, hasLetters || settings.model.characters > 0 {
      advice.add(
        because: "what letters tell need not be told by words",
        ["data.lowercase": .boolean(true), "data.hide_digits": .boolean(true)])
    }
    let isLong = words >= 100_000
    let length = LearningLength(
      examples: source.sentences.count, settings.train, batches: 16...16, updates: 8000,
      epochs: 10...60)
    advice.add(
      because: "\(source.sentences.count) sentences of \(words) words",
      [
        "model.hidden": .integer(isLong ? 200 : 100),
        "train.epochs": .integer(length.epochs),
      ])
    advice.add(
      RisingRate(
        height: isLong ? nil : 5e-3, plain: 2e-3, weightDecay: 0.05, epochs: length.epochs,
        reason: "after a warm-up tags are learnt at a high rate"), settings)
    advice.holdBack(
      settings.model.stack, settings.train,
      [
        "model.dropout": .number(0.5), "model.input_dropout": .number(0.5),
        "model.init": .string("uniform:0.1"),
      ])
    return advice
  }

  /// Else letters tell no more than the words themselves.
  private static func hasMoreWordsThanLetters(_ words: [(text: String, count: Int)]) -> Bool {
    let letters = words.reduce(into: Set<Unicode.Scalar>()) { $0.formUnion($1.text.unicodeScalars) }
    return words.count > letters.count
  }
}
