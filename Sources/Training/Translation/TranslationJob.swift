import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel

/// Translation: an encoder-decoder learns from pairs of texts.
package final class TranslationJob: TrainingJob {
  package static var kind: JobKind { .translation }
  package static var schema: ConfigurationSchema { TranslationSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try TranslationSchema.check(configuration)
  }

  package let model: Translator<Float>
  package let warnings: [String]
  private let language: TranslationLanguage
  private let training: TranslationData
  private let validation: TranslationData?
  private var batches: SequenceBatches
  private let recorder: TranslationRecorder
  private let reader: TranslationReader
  private let sampling: Double
  private let totalUpdates: Int

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let corpus = try TranslationCorpus(configuration)
    (language, training, validation) = (corpus.language, corpus.training, corpus.validation)
    warnings =
      training.longCount == 0
      ? []
      : [
        "\(training.longCount) of \(training.longCount + training.count) training pairs have more "
          + "than \(configuration.integer("data.max_length")) tokens on a side and are left out"
      ]
    let seed = UInt64(configuration.integer("train.seed"))
    model = try TranslationLanguage.model(configuration, language, seed: seed)
    let batchTokens = configuration.integer("train.batch_tokens")
    batches = try SequenceBatches(
      lengths: zip(training.sources.lengths, training.targets.lengths).map { $0 + $1 + 1 },
      size: batchTokens > 0
        ? .tokens(batchTokens) : .sequences(configuration.integer("train.batch")),
      order: .shuffled(seed: seed, pool: 16))
    recorder = TranslationRecorder(model)
    reader = TranslationReader(model, team: team)
    sampling = configuration.number("train.scheduled_sampling")
    let limit = configuration.integer("train.updates")
    totalUpdates =
      limit > 0 ? limit : configuration.integer("train.epochs") * batches.updatesPerEpoch
  }

  package var parameters: ParameterStore<Float> { model.parameters }
  package var precision: Precision { model.precision }
  package var updatesPerEpoch: Int { batches.updatesPerEpoch }

  package var summary: String {
    "\(language.source.summary) to \(language.target.summary), \(training.count) pairs, "
      + "\(validation?.count ?? 0) to validate on"
  }

  /// The rate counts tokens of both sides.
  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    let (loss, source, target) = recorder.record(
      training, pairs: batches.batch(update: update),
      sampling: min(1, sampling * Double(update) / Double(totalUpdates)), on: tape)
    return RecordedMinibatch(
      losses: [loss], count: target.tokenCount, tokens: source.tokenCount + target.tokenCount)
  }

  package func validate() -> Score? {
    guard let validation else { return nil }
    let (nats, tokens) = reader.read(validation)
    let loss = nats / Double(tokens)
    return Score(
      loss: loss, figures: [.init("perplexity", exp(loss), .number, .lowerIsBetter)], count: tokens,
      text: String(format: "%.4f nats  perplexity %.2f", loss, exp(loss)))
  }

  package func writeFiles(to folder: RunFolder) throws { try language.save(to: folder) }

  package func checkFiles(of folder: RunFolder) throws {
    let configuration = try TranslationJob.configuration(of: folder)
    guard try TranslationLanguage(configuration, in: folder) == language else {
      throw UserError(
        "the data has changed since '\(folder.url.relativePath)' began: its tokens are others now",
        hint: "restore the data, or begin a new run")
    }
  }
}

extension TranslationLanguage {
  /// A model of these tokens.
  ///
  /// - Throws: `UserError` for a precision that the processor lacks and for more weights than the
  ///   machine can hold.
  static func model(
    _ configuration: ResolvedConfiguration, _ language: TranslationLanguage, seed: UInt64
  ) throws -> Translator<Float> {
    let shape = try TranslatorConfiguration(
      configuration, sourceCount: language.source.count, targetCount: language.target.count)
    var memory = WeightMemory()
    memory.add(shape.encoder)
    memory.add(shape.decoder)
    memory.add(table: shape.sourceCount, shape.encoder.inputSize)
    memory.add(table: shape.outputCount, shape.decoder.inputSize)
    memory.add(matrix: shape.featureSize, shape.outputCount)
    memory.add(matrix: shape.encoder.outputSize + shape.decoder.outputSize, shape.featureSize)
    try memory.check()
    return Translator(shape, precision: try Precision(checking: configuration)).allocated(
      seed: seed)
  }
}
