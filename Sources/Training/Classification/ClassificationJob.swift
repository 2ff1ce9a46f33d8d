import Autodiff
import Compute
import Corpora
import Measures
import Networks
import Parallel

/// Many-to-one: a class, or any number of labels, for a text or a series of numbers.
package final class ClassificationJob: TrainingJob {
  package static var kind: JobKind { .classification }
  package static var schema: ConfigurationSchema { ClassificationSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try ClassificationSchema.check(configuration)
  }

  package let classifier: Classifier
  private let learner: SequenceLearner
  package let warnings: [String]

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let corpus = try ClassificationCorpus(configuration)
    warnings = corpus.warnings
    let seed = UInt64(configuration.integer("train.seed"))
    classifier = try Classifier(
      configuration, labels: corpus.labels, vocabulary: corpus.vocabulary,
      width: corpus.training.vectorWidth, seed: seed)
    if let vectors = configuration.path("data.embeddings") {
      try classifier.beginWithVectors(of: vectors)
    }
    learner = try SequenceLearner(
      classifier.model, training: corpus.training, validation: corpus.validation,
      batchSize: configuration.integer("train.batch"), pool: 8, seed: seed, team: team)
  }

  package var parameters: ParameterStore<Float> { classifier.model.parameters }
  package var precision: Precision { classifier.model.precision }
  package var updatesPerEpoch: Int { learner.updatesPerEpoch }
  package var summary: String {
    let vocabulary = classifier.vocabulary.map { "\($0.count) \($0.kind.rawValue) tokens, " } ?? ""
    let validation = learner.validation.map(\.count) ?? 0
    return "\(classifier.labels.count) labels, " + vocabulary + learner.training.sizeText
      + ", \(validation) to validate on"
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    learner.record(update: update, on: tape)
  }

  package func validate() -> Score? {
    learner.validation.map { classifier.evaluate($0, learner.reader).score }
  }

  package func writeFiles(to folder: RunFolder) throws { try classifier.writeFiles(to: folder) }
  package func checkFiles(of folder: RunFolder) throws { try classifier.checkFiles(of: folder) }
}

extension SequenceDataset {
  /// Numbers a step; nil for sequences of ids.
  var vectorWidth: Int? {
    if case .vectors(let sequences) = inputs { sequences.width } else { nil }
  }
}
