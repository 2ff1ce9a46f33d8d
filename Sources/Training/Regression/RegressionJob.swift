import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Parallel

/// Numbers from series of numbers: one at the end of each, or at every step those of the next.
public final class RegressionJob: TrainingJob {
  public static var kind: JobKind { .regression }
  public static var schema: ConfigurationSchema { RegressionSchema.standard }

  public static func check(_ configuration: ResolvedConfiguration) throws {
    try RegressionSchema.check(configuration)
  }

  public let regression: Regression
  private let learner: SequenceLearner

  public init(
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

  public var parameters: ParameterStore<Float> { regression.model.parameters }
  public var precision: Precision { regression.model.precision }
  public var updatesPerEpoch: Int { learner.updatesPerEpoch }
  public var summary: String {
    "\(learner.training.sizeText), \(learner.validation.map(\.count) ?? 0) to validate on"
  }

  public func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    learner.record(update: update, on: tape)
  }

  public func validate() -> TaskScore? {
    learner.validation.map { regression.evaluate($0, learner.reader).score }
  }
}
