import Corpora
import Networks
import Runs

/// Settings of a language model that follow from its text: `docs/defaults.md`.
extension LanguageModelTask {
  public static let advisedKeys: Set<String> = [
    "model.layers", "model.hidden", "model.embedding", "model.dropout", "model.tie",
    "model.locked_dropout", "model.input_dropout", "model.output_dropout", "train.batch",
    "train.steps", "train.epochs", "optimizer.lr", "schedule.name", "model.output",
    "model.cluster_factor", "model.cutoffs", "schedule.warmup",
  ]

  /// From so many words on most of a full output's time goes to words that hardly ever come.
  private static let fewestForClusters = 5_000

  public static func advise(
    _ settings: LanguageModelSettings, _ source: LanguageModelText
  ) throws -> Advice {
    switch source.vocabulary.kind {
    case .word, .subword: words(settings, source)
    case .character, .byte: characters(settings, source.count, source.vocabulary.kind)
    }
  }

  private static func characters(
    _ settings: LanguageModelSettings, _ count: Int, _ kind: TokenKind
  ) -> Advice {
    let (hidden, dropout): (Int, Double) =
      switch count {
      case ..<300_000: (128, 0.2)
      case ..<3_000_000: (256, 0.2)
      case ..<30_000_000: (512, 0.1)
      default: (1024, 0)
      }
    var advice = Advice()
    advice.add(
      because: "\(count) tokens, each a \(kind.rawValue)",
      [
        "model.hidden": .integer(hidden), "model.embedding": .integer(64),
      ])
    advice.holdBack(settings.model.stack, settings.train, ["model.dropout": .number(dropout)])
    addLearning(
      &advice, settings, count, hidden: hidden, tokens: 15_000_000, steps: 64, updates: 300)
    return advice
  }

  private static func words(
    _ settings: LanguageModelSettings, _ source: LanguageModelText
  ) -> Advice {
    let (count, vocabulary) = (source.count, source.vocabulary)
    let unit = vocabulary.kind == .word ? "words" : "subwords"
    let (hidden, dropout): (Int, Double) =
      switch count {
      case ..<100_000: (128, 0.3)
      case ..<3_000_000: (400, 0.25)
      case ..<30_000_000: (650, 0.2)
      default: (1024, 0)
      }
    var advice = Advice()
    let clusterFactor = advisedClusterFactor(settings, vocabulary)
    if let clusterFactor {
      advice.add(
        because: "\(vocabulary.count) words, most of them rare",
        ["model.output": .string("adaptive"), "model.cluster_factor": .integer(clusterFactor)])
    } else {
      advice.add(
        because: "\(vocabulary.count) \(unit) that are read and written",
        ["model.tie": .boolean(true)])
    }
    advice.add(
      because: "\(count) \(unit) of text",
      [
        "model.hidden": .integer(hidden), "model.embedding": .integer(hidden),
      ])
    advice.holdBack(
      settings.model.stack, settings.train,
      [
        "model.dropout": .number(dropout), "model.input_dropout": .number(dropout),
        "model.output_dropout": .number(dropout), "model.locked_dropout": .boolean(true),
      ])
    addClusters(&advice, settings, source, hidden: hidden, factor: clusterFactor)
    addLearning(
      &advice, settings, count, hidden: hidden, tokens: 12_000_000, steps: 35, updates: 800)
    return advice
  }

  /// How much narrower clusters of words are from one to the next; nil: the output is another, or somebody has
  /// said which, or asks for what clusters have not.
  private static func advisedClusterFactor(
    _ settings: LanguageModelSettings, _ vocabulary: Vocabulary
  ) -> Int? {
    let (model, outputs) = (settings.model, settings.model.outputs)
    guard vocabulary.kind == .word, vocabulary.count >= fewestForClusters,
      !outputs.$output.isGiven, !model.tie, model.maxentOrder == 0,
      settings.smoothing.labelSmoothing == 0
    else { return nil }
    return outputs.$clusterFactor.isGiven ? outputs.clusterFactor : 2
  }

  /// The clusters of least cost for the words as this text has them.
  ///
  /// - Parameters:
  ///   - hidden: units, where nobody says how many.
  ///   - factor: where clusters are advised.
  private static func addClusters(
    _ advice: inout Advice, _ settings: LanguageModelSettings, _ source: LanguageModelText,
    hidden: Int, factor: Int?
  ) {
    let (model, count) = (settings.model, source.vocabulary.count)
    guard factor != nil || model.outputs.output == "adaptive" || model.adaptiveInputs, count > 1
    else { return }
    let stack = model.stack
    let units = stack.$hidden.isGiven ? stack.hidden : hidden
    let clusters = VocabularyClusters(
      vocabularySize: count, inputSize: stack.projection > 0 ? stack.projection : units,
      factor: factor ?? model.outputs.clusterFactor, counts: source.tokenCounts)
    advice.add(
      because: "how often each of \(count) words stands there",
      ["model.cutoffs": .strings(clusters.cutoffs.map { String($0) })])
  }

  /// - Parameters:
  ///   - hidden: units, where nobody says how many.
  ///   - tokens: that are learnt from in all, as far as epochs allow.
  ///   - updates: of an epoch or more, where there is text for them.
  private static func addLearning(
    _ advice: inout Advice, _ settings: LanguageModelSettings, _ count: Int, hidden: Int,
    tokens: Int, steps: Int, updates: Int
  ) {
    let stack = settings.model.stack
    let steps =
      settings.streams.$steps.isGiven ? settings.streams.steps : min(steps, max(count / 4, 1))
    var batch = 1
    while batch < 64, (batch < 8 ? 4 : 2 * updates) * batch * steps <= count { batch *= 2 }
    let epochs = min(max(tokens / max(count, 1), 1), 40)
    advice.add(
      because: "\(epochs) passes over the text are learnt from",
      [
        "train.steps": .integer(steps), "train.batch": .integer(batch),
        "train.epochs": .integer(epochs),
      ])
    // A step changes what a unit sums up by as much as it has inputs.
    let width = stack.$hidden.isGiven ? stack.hidden : hidden
    let height = max(0.001, min(0.01, (2560 / Double(width)).rounded() / 1000))
    advice.add(
      RisingRate(
        // A short text is learnt by heart soon enough.
        height: hidden > 128 ? height : nil, plain: 3e-3, epochs: epochs,
        reason: "after a warm-up layers of \(width) units learn at a high rate"), settings)
  }
}
