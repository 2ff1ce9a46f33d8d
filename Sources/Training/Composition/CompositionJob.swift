import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Networks
import Parallel

/// Music: at every step the keys of the next one.
public final class CompositionJob: TrainingJob {
  public static var kind: JobKind { .composition }
  public static var schema: ConfigurationSchema { CompositionSchema.standard }

  public static func check(_ configuration: ResolvedConfiguration) throws {
    try CompositionSchema.check(configuration)
  }

  public let composer: Composer
  private let learner: SequenceLearner

  public init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let path = configuration.string("data.music")
    guard !path.isEmpty else {
      throw UserError.usage("no music to train on", hint: "name a JSON file with --data")
    }
    let music = try JSONPianoRolls(contentsOf: URL(fileURLWithPath: path))
    let seed = UInt64(configuration.integer("train.seed"))
    composer = try Composer(configuration, seed: seed)
    learner = try SequenceLearner(
      composer.model, training: Composer.dataset(music.train),
      validation: music.valid.isEmpty ? nil : Composer.dataset(music.valid),
      batchSize: configuration.integer("train.batch"), seed: seed, team: team)
  }

  public var parameters: ParameterStore<Float> { composer.model.parameters }
  public var precision: Precision { composer.model.precision }
  public var updatesPerEpoch: Int { learner.updatesPerEpoch }
  public var summary: String {
    "\(learner.training.sizeText), \(learner.validation.map(\.count) ?? 0) to validate on"
  }

  public func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    learner.record(update: update, on: tape)
  }

  public func validate() -> TaskScore? {
    learner.validation.map { composer.evaluate($0, learner.reader).score }
  }
}
