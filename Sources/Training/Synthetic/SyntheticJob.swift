import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// A task that measures memory: adding, copy, parity, temporal order. Examples are made as they are
/// needed and never seen twice; those of validation are others.
package final class SyntheticJob: TrainingJob {
  package static var kind: JobKind { .synthetic }
  package static var schema: ConfigurationSchema { SyntheticSchema.standard }
  package static var changeableKeys: Set<String> { ["data.valid_examples"] }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    _ = try SyntheticModel(configuration)
  }

  package let definition: SyntheticModel
  package let model: SequenceModel<Float>
  package let updatesPerEpoch: Int
  private let batchSize: Int
  private let validation: SequenceDataset
  private let recorder: SequenceRecorder
  private let reader: SequenceReader

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    definition = try SyntheticModel(configuration)
    batchSize = configuration.integer("train.batch")
    updatesPerEpoch = (configuration.integer("data.examples") - 1) / batchSize + 1
    model = try SequenceModel(
      checking: definition.configuration, precision: try Precision(checking: configuration)
    ).allocated(seed: UInt64(configuration.integer("train.seed")))
    validation = definition.validation(count: configuration.integer("data.valid_examples"))
    recorder = SequenceRecorder(model)
    reader = SequenceReader(model, team: team)
  }

  package var parameters: ParameterStore<Float> { model.parameters }
  package var precision: Precision { model.precision }
  package var summary: String {
    "\(definition.kind.rawValue) over \(definition.task.stepCount) steps, "
      + "\(validation.count) examples to validate on"
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    let first = update * batchSize
    return recorder.record(
      definition.task.dataset(first..<first + batchSize), rows: Array(0..<batchSize), on: tape)
  }

  package func validate() -> TaskScore? { definition.score(validation, reader) }
}
