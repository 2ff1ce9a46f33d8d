import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// A language model trained by truncated backpropagation through time: parallel streams through the
/// corpus, states carried from update to update, gradients cut at the borders.
public final class LanguageModelTask: TrainingTask {
  public static let name = "lm"
  public static let commands = [
    TaskCommand(
      "lm", "Trains a language model on text.",
      refusals: [
        "bidirectional": "reading backward, a language model has seen the token it is to predict"
      ])
  ]

  package let vocabulary: Vocabulary
  package let model: LanguageModel<Float>
  let settings: LanguageModelSettings
  /// Where a trained model is made of them.
  private let counts: TokenCounts?
  let team: WorkerTeam
  private var streamCount: Int
  /// What only training needs: its order, the minibatch that is recorded, and where that ends.
  private var training: (any LanguageModelOrder)?
  private let minibatch = LanguageModelMinibatch()
  private var final: [RecurrentState<Float>] = []
  /// How it learns from what it is measured on.
  private var adaptation: Adaptation?
  /// What scores sentences together with the model.
  var company = ScoringCompany()

  // MARK: Examples

  public static func read(
    _ settings: LanguageModelSettings, _ workplace: Workplace
  ) throws -> (training: LanguageModelText, validation: LanguageModelText?) {
    let data = settings.data
    let training =
      data.stores.isEmpty
      ? try LanguageModelText(training: data.text, data, workplace)
      : try LanguageModelText(stores: data.stores, data)
    guard !data.valid.isEmpty else { return (training, nil) }
    let validation = try LanguageModelText(
      validation: data.valid, training.vocabulary, data, workplace)
    return (training, validation)
  }

  public func read(_ files: [URL]) throws -> LanguageModelText {
    try LanguageModelText(files, vocabulary, settings.data, threads: team.count)
  }

  public func examples(_ source: LanguageModelText) -> LanguageModelText { source }

  public static let readingKeys: Set<String> = ["data.tokens", "data.split"]

  public static func heldOut(_ settings: LanguageModelSettings) -> HeldOut? {
    HeldOut(fraction: settings.data.validFraction, seed: 0)
  }

  // MARK: Model

  public convenience init(
    learning text: LanguageModelText, _ settings: LanguageModelSettings, _ workplace: Workplace
  ) throws {
    try self.init(
      settings, text.vocabulary, streams: 16,
      counts: settings.model.outputs.needsCounts ? text.tokenCounts : nil, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: LanguageModelSettings, _ workplace: Workplace
  ) throws {
    let vocabulary = try Vocabulary(contentsOf: folder.vocabulary)
    let counts =
      settings.model.outputs.output == "hierarchical"
      ? try TokenCounts(contentsOf: folder.counts).counts(of: vocabulary.count, folder) : nil
    try self.init(settings, vocabulary, streams: 1, counts: counts, workplace)
  }

  /// - Parameters:
  ///   - streams: parts of a text that are measured side by side.
  ///   - counts: of each token, where learning needs them.
  private init(
    _ settings: LanguageModelSettings, _ vocabulary: Vocabulary, streams: Int,
    counts: [Int]? = nil, _ workplace: Workplace
  ) throws {
    try settings.checkOutput(vocabulary.kind)
    self.settings = settings
    self.vocabulary = vocabulary
    self.counts =
      settings.model.outputs.output == "hierarchical" ? counts.map(TokenCounts.init) : nil
    team = workplace.team
    streamCount = streams
    model = LanguageModel(
      try settings.model.configuration(vocabularySize: vocabulary.count, counts: counts),
      precision: try settings.train.checkedPrecision)
  }

  public var artifacts: [Artifact] {
    [.vocabulary(vocabulary)]
      + (counts.map {
        [Artifact(RunFolder.countsName, $0, change: "its words are as frequent as others")]
      } ?? [])
  }
  public var parameters: ParameterStore<Float> { model.parameters }
  public var precision: Precision { model.precision }
  public var namedAxes: [NamedAxis] {
    parameters.rows(of: ["embedding.weight", "output.weight", "output.bias"], vocabulary)
      + clusterAxes + nodeAxes + ngramAxes
  }
  public var summary: String {
    "\(vocabulary.count) \(vocabulary.kind.rawValue) tokens"
      + (training.map { ", \($0.tokensPerEpoch) to train on" } ?? "")
  }

  // MARK: Learning

  public func order(
    _ text: LanguageModelText, _ settings: LanguageModelSettings
  ) throws -> any ExampleOrder {
    let order = try self.order(text, settings, lineEnd: lineEnd)
    training = order
    return order
  }

  public func record(
    _ text: LanguageModelText, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    guard let training else { preconditionFailure("no order was asked for") }
    let layout = training.fill(minibatch, update: progress.update, rows: rows)
    return record(layout, of: training, on: tape)
  }

  public func recordLargest(_ text: LanguageModelText, rows: [Int], on tape: Tape<Float>) throws {
    guard let training else { preconditionFailure("no order was asked for") }
    _ = record(training.fillLargest(minibatch, rows: rows), of: training, on: tape)
  }

  private func record(
    _ layout: SequenceLayout, of training: any LanguageModelOrder, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let tokens = layout.tokenCount
    let plan = tape.examplePlan(layout)
    let terms = tape.total(of: settings.streams.lossScale == .mean ? tokens : layout.rowCount)
    let (loss, final) = model.record(
      inputs: UnsafeBufferPointer(start: minibatch.inputs.base, count: tokens),
      targets: UnsafeBufferPointer(start: minibatch.targets.base, count: tokens), plan: plan,
      states: training.states(plan, on: tape), smoothing: settings.smoothing.labelSmoothing,
      scale: 1 / Double(terms), on: tape)
    self.final = final
    return RecordedMinibatch(losses: loss.losses, count: tokens, tokens: tokens)
  }

  public func finishUpdate() {
    training?.capture(final)
    final = []
  }

  public func place(ofRow row: Int, update: Int) -> String? { training?.place(ofRow: row) }

  public var carriedStates: [(name: String, matrix: Matrix<Float>)] {
    training?.carriedStates ?? []
  }

  // MARK: Measuring

  /// None of a loss that is no likelihood.
  public var progressFigure: ProgressSnapshot.Measure? {
    guard settings.smoothing.labelSmoothing == 0 else { return nil }
    return vocabulary.kind == .word || vocabulary.kind == .subword ? .perplexity : .bitsPerCharacter
  }

  public func validate(_ text: LanguageModelText) -> Score {
    score(text).validation(vocabulary.kind)
  }

  public func evaluate(_ text: LanguageModelText) -> Evaluation {
    score(text).evaluation(vocabulary.kind)
  }

  private func score(_ text: LanguageModelText) -> LanguageModelScore {
    let all = 0..<text.tokens.count
    var score: LanguageModelScore
    if let stretches = text.stretches(settings.streams.order) {
      score = LanguageModelEvaluator(model, team: team, streams: 64)
        .score(stretches, after: lineEnd)
      score.characters = text.characters(all)
    } else {
      score = self.score(text.tokens, all)
      score.characters = text.characters(all.dropFirst())
    }
    return score
  }

  /// Of a running text all but its first token.
  private func score(_ tokens: TokenMixture, _ all: Range<Int>) -> LanguageModelScore {
    guard let adaptation else {
      return LanguageModelEvaluator(model, team: team, streams: streamCount)
        .score(tokens, range: all)
    }
    let nats = AdaptedReader(model, adaptation, team: team).nats(all) { tokens[$0] }
    return LanguageModelScore(nats: nats, tokens: all.count - 1)
  }
}

extension LanguageModelTask {
  /// Of a hierarchical output: a node by the outermost words below it.
  private var nodeAxes: [NamedAxis] {
    guard case .hierarchical(let tree) = model.configuration.output else { return [] }
    let names = tree.spans.map { "\(vocabulary.tokens[$0.first]) … \(vocabulary.tokens[$0.last])" }
    return parameters.rows(of: ["output.node.weight", "output.node.bias"], kind: "node", names)
  }

  /// Of n-grams: hashes mean the same for the same words and nodes alone, which the kind stands for.
  private var ngramAxes: [NamedAxis] {
    guard let table = parameters.parameter(named: "output.ngrams.weight") else { return [] }
    var digest = ContentDigest()
    digest.update(vocabulary.digest)
    for count in counts?.counts ?? [] { digest.update(UInt64(count)) }
    return parameters.rows(
      of: [table.name], kind: "n-grams of \(digest.hexadecimal)", (0..<table.rows).map(String.init))
  }

  private var clusterAxes: [NamedAxis] {
    var clusters = model.configuration.adaptiveInputs
    if case .adaptive(let ofOutput) = model.configuration.output { clusters = ofOutput }
    guard let clusters else { return [] }
    return parameters.rows(of: clusters, kind: vocabulary.kind.rawValue, vocabulary.tokens)
  }
}

extension LanguageModelTask {
  public var facts: [Fact] {
    let forward = 2 * model.matrixElementsPerToken
    let shape = model.configuration
    return [
      Fact(
        "cell", .string(shape.cell.name),
        text: "\(shape.cell.name), \(shape.layerCount) layers of \(shape.hiddenSize) units"),
      Fact(
        "vocabulary", .integer(vocabulary.count),
        text: "\(vocabulary.count) \(vocabulary.kind.rawValue) tokens"),
      Fact(
        "flop_per_token",
        ["forward": .integer(forward), "training": .integer(3 * forward)],
        text: "\(forward) FLOP forward, \(3 * forward) training"),
    ]
  }
}

extension LanguageModelTask: SelfNormalising {
  package func readSelfNormalised() throws {
    guard case .sampled(let form) = model.configuration.output, form.criterion == .contrast else {
      throw UserError.usage(
        "--self-normalised takes outputs for logarithms of probabilities, which only those learnt by "
          + "noise-contrastive estimation are",
        hint: "drop it, or train with --output nce")
    }
    model.isSelfNormalised = true
  }
}

extension LanguageModelTask: Adapting {
  package func adapt(_ adaptation: Adaptation) throws {
    guard settings.streams.order == .stream else {
      throw UserError.usage(
        "--dynamic and --cache follow a running text, but the run was trained with --order "
          + settings.streams.order.rawValue, hint: "drop them for this run")
    }
    self.adaptation = adaptation
  }
}

extension LanguageModelTask: StreamReading {
  package func read(streams: Int) { streamCount = streams }
}

extension LanguageModelTask: GradientMeasuring {
  package func gradientFlow(_ files: [URL], lags: Int) throws -> GradientFlow {
    guard !files.isEmpty else {
      throw UserError.usage(
        "no text to measure gradients on", hint: "name one or more files with --text")
    }
    return try GradientFlow(model, try read(files).tokens, lags: lags, team: team)
  }
}
