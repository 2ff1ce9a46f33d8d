import Autodiff
import Compute
import Corpora
import Measures
import Networks
import Parallel

/// A task that asks for what was read before, learnt by a network with an external memory, or
/// without. Sequences are made as they are needed and never seen twice; those of validation are
/// others.
package final class RecallJob: TrainingJob {
  package static var kind: JobKind { .recall }
  package static var schema: ConfigurationSchema { RecallSchema.standard }
  package static var changeableKeys: Set<String> { ["data.valid_sequences"] }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    _ = try LearningRateSchedule(configuration)
    _ = try RecallDefinition(configuration)
  }

  package let definition: RecallDefinition
  package let model: RecallModel<Float>
  package let updatesPerEpoch: Int
  private let batchSize: Int
  private let validation: RecallExamples
  private let recorder: RecallRecorder
  private let reader: RecallReader
  private var sequencesSeen = 0

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    definition = try RecallDefinition(configuration)
    batchSize = configuration.integer("train.batch")
    let count = configuration.integer("data.valid_sequences")
    try definition.checkMemory(
      definition.task, batch: max(batchSize, RecallReader.batchSize), count: count)
    updatesPerEpoch = (configuration.integer("data.sequences") - 1) / batchSize + 1
    model = RecallModel(
      definition.configuration, precision: try Precision(checking: configuration)
    ).allocated(seed: UInt64(configuration.integer("train.seed")))
    validation = RecallDefinition.validation(definition.task, count: count)
    recorder = RecallRecorder(model)
    reader = RecallReader(model, team: team)
  }

  package var parameters: ParameterStore<Float> { model.parameters }
  package var precision: Precision { model.precision }
  package var summary: String {
    "\(definition.kind.rawValue), sequences of up to \(definition.task.longestExample) steps, "
      + "\(validation.count) to validate on"
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    let first = update * batchSize
    let examples = RecallExamples(definition.task, first..<first + batchSize)
    let (loss, _, plan) = recorder.record(examples, rows: examples.byLength, on: tape)
    sequencesSeen = first + batchSize
    return RecordedMinibatch(losses: [loss], count: batchSize, tokens: plan.layout.tokenCount)
  }

  package func validate() -> Score? {
    reader.score(validation, sequencesSeen: sequencesSeen)
  }
}
