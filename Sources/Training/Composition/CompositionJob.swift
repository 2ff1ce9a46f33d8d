import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// Music: at every step the keys of the next one.
package final class CompositionJob: TrainingJob {
  package static var kind: JobKind { .composition }
  package static var schema: ConfigurationSchema { CompositionSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try CompositionSchema.check(configuration)
  }

  package let composer: Composer
  private let learner: SequenceLearner

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let path = configuration.string("data.music")
    guard !path.isEmpty else {
      throw UserError.usage("no music to train on", hint: "name a JSON file with --data")
    }
    let music = try JSONPianoRolls(contentsOf: URL(fileURLWithPath: path))
    let seed = UInt64(configuration.integer("train.seed"))
    composer = try Composer(
      configuration, labels: music.labels.map { LabelSet($0.train) }, seed: seed)
    learner = try SequenceLearner(
      composer.model,
      training: composer.dataset(
        music.train, labels: try composer.labelIDs(music.labels?.train, of: "train")),
      validation: music.valid.isEmpty
        ? nil
        : composer.dataset(
          music.valid, labels: try composer.labelIDs(music.labels?.valid, of: "valid")),
      batchSize: configuration.integer("train.batch"), seed: seed, team: team)
  }

  package var parameters: ParameterStore<Float> { composer.model.parameters }
  package var precision: Precision { composer.model.precision }
  package var updatesPerEpoch: Int { learner.updatesPerEpoch }
  package var summary: String {
    "\(learner.training.sizeText), \(learner.validation.map(\.count) ?? 0) to validate on"
      + (composer.labels.map { ", \($0.count) labels" } ?? "")
  }

  package func writeFiles(to folder: RunFolder) throws {
    try composer.labels?.save(to: folder.labels)
  }

  package func checkFiles(of folder: RunFolder) throws {
    guard try Composer.labels(in: folder) == composer.labels else {
      throw UserError(
        "the music has changed since '\(folder.url.relativePath)' began: its labels are others now",
        hint: "restore the file, or begin a new run")
    }
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    learner.record(update: update, on: tape)
  }

  package func validate() -> Score? {
    learner.validation.map { composer.evaluate($0, learner.reader).score }
  }
}
