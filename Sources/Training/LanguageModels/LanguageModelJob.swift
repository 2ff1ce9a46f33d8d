import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Parallel

/// A language model trained by truncated backpropagation through time: parallel streams through the
/// corpus, states carried from update to update, gradients cut at the borders.
package final class LanguageModelJob: TrainingJob {
  package enum LossScale: String, Sendable, CaseIterable {
    /// Gradient of the mean over all tokens.
    case mean
    /// Gradient of the sum over steps, mean over rows (Zaremba et al. 2014).
    case sumSteps = "sum-steps"
  }

  package static var kind: JobKind { .languageModel }
  package static var schema: ConfigurationSchema { LanguageModelSchema.standard }
  package static var changeableKeys: Set<String> { ["data.cache"] }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try LanguageModelSchema.check(configuration)
  }

  package let vocabulary: Vocabulary
  package let model: LanguageModel<Float>
  package let streams: TokenStreams
  package let states: CarriedStates<Float>
  package let lossScale: LossScale
  private let evaluator: LanguageModelEvaluator<Float>
  private let validation: (tokens: TokenFile, range: Range<Int>)?
  private let inputs: AlignedBuffer<Int32>
  private let targets: AlignedBuffer<Int32>
  /// Where the recorded minibatch ends.
  private var final: [RecurrentState<Float>] = []

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let precision = try Precision(checking: configuration)
    let corpus = try Self.corpus(configuration, folder)
    vocabulary = corpus.training.vocabulary
    validation = corpus.validation
    streams = try TokenStreams(
      corpus.training.tokens, range: corpus.range, batchSize: configuration.integer("train.batch"),
      stepCount: configuration.integer("train.steps"))
    lossScale = LossScale(rawValue: configuration.string("train.loss_scale")) ?? .mean
    let shape = try LanguageModelConfiguration(configuration, vocabularySize: vocabulary.count)
    try LanguageModelMemory(
      shape, batch: streams.batchSize, steps: streams.stepCount,
      momentCount: try OptimizerConfiguration(configuration).momentNames.count,
      precision: precision
    ).check()
    model = LanguageModel(shape, precision: precision)
      .allocated(seed: UInt64(configuration.integer("train.seed")))
    evaluator = LanguageModelEvaluator(model, team: team, streams: 16)
    states = CarriedStates(shape, rows: streams.batchSize)
    let tokens = streams.batchSize * streams.stepCount
    inputs = AlignedBuffer(count: tokens)
    targets = AlignedBuffer(count: tokens)
  }

  package var parameters: ParameterStore<Float> { model.parameters }
  package var precision: Precision { model.precision }
  package var updatesPerEpoch: Int { streams.updatesPerEpoch }
  package var carriedStates: [(name: String, matrix: Matrix<Float>)] { states.matrices }

  package var measure: ProgressSnapshot.Measure? {
    vocabulary.kind == .word ? .perplexity : .bitsPerCharacter
  }

  package var summary: String {
    "\(vocabulary.count) \(vocabulary.kind.rawValue) tokens, \(streams.tokensPerEpoch) to train on, "
      + "\(validation.map { $0.range.count - 1 } ?? 0) to validate on"
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    let place = update % streams.updatesPerEpoch
    if place == 0 { states.reset() }
    let steps = streams.fill(update: place, inputs: inputs.base, targets: targets.base)
    let tokens = steps * streams.batchSize
    let plan = tape.plan(SequenceLayout(rows: streams.batchSize, steps: steps))
    let scale = lossScale == .mean ? 1 / Double(tokens) : 1 / Double(streams.batchSize)
    let (loss, final) = model.record(
      inputs: UnsafeBufferPointer(start: inputs.base, count: tokens),
      targets: UnsafeBufferPointer(start: targets.base, count: tokens), plan: plan,
      states: states.variables(plan, on: tape), scale: scale, on: tape)
    self.final = final
    return RecordedMinibatch(losses: [loss], count: tokens, tokens: tokens)
  }

  package func finishUpdate() {
    states.capture(final)
    final = []
  }

  package func validate() -> TaskScore? {
    validation.map { evaluator.score($0.tokens, range: $0.range).taskScore(vocabulary.kind) }
  }

  package func writeFiles(to folder: RunFolder) throws {
    try vocabulary.save(to: folder.vocabulary)
  }

  package func checkFiles(of folder: RunFolder) throws {
    guard try Vocabulary(contentsOf: folder.vocabulary) == vocabulary else {
      throw UserError(
        "the text has changed since '\(folder.url.relativePath)' began: its vocabulary is "
          + "no longer the one in vocabulary.json",
        hint: "restore the text, or begin a new run")
    }
  }

  private static func corpus(
    _ configuration: ResolvedConfiguration, _ folder: RunFolder
  ) throws -> (
    training: TokenizedCorpus, range: Range<Int>, validation: (TokenFile, Range<Int>)?
  ) {
    let files = configuration.strings("data.text").map { URL(fileURLWithPath: $0) }
    guard !files.isEmpty else {
      throw UserError.usage("no text to train on", hint: "name one or more files with --text")
    }
    let cache = configuration.string("data.cache")
    let cacheFolder = cache.isEmpty ? folder.tokenCache : URL(fileURLWithPath: cache)
    let size = configuration.integer("data.vocabulary_size")
    let training = try CorpusTokenizer.tokenize(
      files: files, kind: TokenKind(rawValue: configuration.string("data.tokens")) ?? .character,
      limits: VocabularyLimits(
        size: size > 0 ? size : nil, minimumCount: configuration.integer("data.min_count"),
        hasUnknown: configuration.string("data.unknown") == "other"),
      cacheFolder: cacheFolder)
    let count = training.tokens.count
    let path = configuration.string("data.valid")
    if !path.isEmpty {
      let tokens = try CorpusTokenizer.tokenize(
        files: [URL(fileURLWithPath: path)], vocabulary: training.vocabulary,
        cacheFolder: cacheFolder
      ).tokens
      return (training, 0..<count, (tokens, 0..<tokens.count))
    }
    let held = Int(Double(count) * configuration.number("data.valid_fraction"))
    guard held > 1 else { return (training, 0..<count, nil) }
    return (training, 0..<count - held, (training.tokens, count - held..<count))
  }
}

extension LanguageModelScore {
  /// Perplexity for words, bits for characters and bytes.
  func taskScore(_ kind: TokenKind) -> TaskScore {
    let figure =
      kind == .word
      ? String(format: "perplexity %.2f", perplexity) : String(format: "%.4f bpc", bits)
    return TaskScore(
      loss: loss, measures: [.init("ppl", perplexity), .init("bits_per_token", bits)],
      count: tokens, text: String(format: "%.4f nats  ", loss) + figure)
  }
}
