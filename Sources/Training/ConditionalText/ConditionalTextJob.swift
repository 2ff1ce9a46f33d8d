import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel

/// Texts that follow from a label alone: names of a language, lines of an author.
package final class ConditionalTextJob: TrainingJob {
  package static var kind: JobKind { .conditionalText }
  package static var schema: ConfigurationSchema { ConditionalTextSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try ConditionalTextSchema.check(configuration)
  }

  package let definition: ConditionalText
  private let learner: SequenceLearner

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let path = configuration.string("data.condition")
    guard !path.isEmpty else {
      throw UserError.usage(
        "no texts to train on", hint: "name a file or folder of labelled texts with --condition")
    }
    let texts = try LabelledTexts.read(URL(fileURLWithPath: path))
    let valid = configuration.string("data.valid")
    let split =
      valid.isEmpty
      ? try DataSplit.heldOut(
        configuration.number("data.valid_fraction"), of: texts.count,
        seed: UInt64(configuration.integer("data.split_seed")), strata: texts.classes) : nil
    let size = configuration.integer("data.vocabulary_size")
    let vocabulary = try Vocabulary.of(
      (split?.training).map { $0.map { texts.texts[$0] } } ?? texts.texts,
      kind: TokenKind(rawValue: configuration.string("data.tokens")) ?? .character,
      limits: VocabularyLimits(
        size: size > 0 ? size : nil, minimumCount: configuration.integer("data.min_count")))
    let seed = UInt64(configuration.integer("train.seed"))
    definition = try ConditionalText(
      configuration, labels: texts.labels, vocabulary: vocabulary, seed: seed)
    let all = try definition.dataset(texts.texts, texts.classes, place: texts.place)
    var validation: SequenceDataset?
    if let split {
      if !split.heldOut.isEmpty { validation = all.subset(split.heldOut) }
    } else {
      validation = try definition.read(URL(fileURLWithPath: valid))
    }
    learner = try SequenceLearner(
      definition.model, training: split.map { all.subset($0.training) } ?? all,
      validation: validation, batchSize: configuration.integer("train.batch"), pool: 8, seed: seed,
      team: team)
  }

  package var parameters: ParameterStore<Float> { definition.model.parameters }
  package var precision: Precision { definition.model.precision }
  package var updatesPerEpoch: Int { learner.updatesPerEpoch }
  package var measure: ProgressSnapshot.Measure? { .perplexity }
  package var summary: String {
    "\(definition.labels.count) labels, \(definition.vocabulary.count) "
      + "\(definition.vocabulary.kind.rawValue) tokens, \(learner.training.sizeText), "
      + "\(learner.validation.map(\.count) ?? 0) to validate on"
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    learner.record(update: update, on: tape)
  }

  package func validate() -> Score? {
    learner.validation.map { definition.evaluate($0, learner.reader).score }
  }

  package func writeFiles(to folder: RunFolder) throws { try definition.writeFiles(to: folder) }
  package func checkFiles(of folder: RunFolder) throws { try definition.checkFiles(of: folder) }
}

extension ConditionalText {
  /// Texts of labels that were trained.
  func read(_ url: URL) throws -> SequenceDataset {
    let texts = try LabelledTexts.read(url, labels: labels)
    return try dataset(texts.texts, texts.classes, place: texts.place)
  }
}
