import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel

/// Numbers from series of numbers: one at the end of each, or at every step those of the next.
package final class RegressionJob: TrainingJob {
  package static var kind: JobKind { .regression }
  package static var schema: ConfigurationSchema { RegressionSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try RegressionSchema.check(configuration)
  }

  package let regression: Regression
  private let learner: SequenceLearner

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let seed = UInt64(configuration.integer("train.seed"))
    regression = try Regression(configuration, seed: seed)
    let path = configuration.string("data.train")
    guard !path.isEmpty else {
      throw UserError.usage("no data to train on", hint: "name a table with --data")
    }
    let data = try regression.read(URL(fileURLWithPath: path))
    let valid = configuration.string("data.valid")
    let training: SequenceDataset
    var validation: SequenceDataset?
    if valid.isEmpty {
      let split = try DataSplit.heldOut(
        configuration.number("data.valid_fraction"), of: data.count,
        seed: UInt64(configuration.integer("data.split_seed")))
      training = data.subset(split.training)
      if !split.heldOut.isEmpty { validation = data.subset(split.heldOut) }
    } else {
      training = data
      validation = try regression.read(URL(fileURLWithPath: valid))
    }
    learner = try SequenceLearner(
      regression.model, training: training, validation: validation,
      batchSize: configuration.integer("train.batch"), pool: 8, seed: seed, team: team)
  }

  package var parameters: ParameterStore<Float> { regression.model.parameters }
  package var precision: Precision { regression.model.precision }
  package var updatesPerEpoch: Int { learner.updatesPerEpoch }
  package var summary: String {
    "\(learner.training.sizeText), \(learner.validation.map(\.count) ?? 0) to validate on"
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    learner.record(update: update, on: tape)
  }

  package func validate() -> Score? {
    learner.validation.map { regression.evaluate($0, learner.reader).score }
  }
}
