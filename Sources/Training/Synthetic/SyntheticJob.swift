import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// A task that measures memory: adding, copy, parity, temporal order. Examples are made as they are
/// needed and never seen twice; those of validation are others.
public final class SyntheticJob: TrainingJob {
  public static var kind: JobKind { .synthetic }
  public static var schema: ConfigurationSchema { SyntheticSchema.standard }
  public static var changeableKeys: Set<String> { ["data.valid_examples"] }

  public static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    _ = try SyntheticModel(configuration)
  }

  public let definition: SyntheticModel
  public let model: SequenceModel<Float>
  public let updatesPerEpoch: Int
  private let batchSize: Int
  private let validation: SequenceDataset
  private let recorder: SequenceRecorder
  private let reader: SequenceReader

  public init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    definition = try SyntheticModel(configuration)
    batchSize = configuration.integer("train.batch")
    updatesPerEpoch = (configuration.integer("data.examples") - 1) / batchSize + 1
    model = try SequenceModel(
      checking: definition.configuration, precision: try Precision(checking: configuration),
      seed: UInt64(configuration.integer("train.seed")))
    validation = definition.validation(count: configuration.integer("data.valid_examples"))
    recorder = SequenceRecorder(model)
    reader = SequenceReader(model, team: team)
  }

  public var parameters: ParameterStore<Float> { model.parameters }
  public var precision: Precision { model.precision }
  public var summary: String {
    "\(definition.kind.rawValue) over \(definition.task.stepCount) steps, "
      + "\(validation.count) examples to validate on"
  }

  public func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    let first = update * batchSize
    return recorder.record(
      definition.task.dataset(first..<first + batchSize), rows: Array(0..<batchSize), on: tape)
  }

  public func validate() -> TaskScore? { definition.score(validation, reader) }
}
