import Compute
import Foundation

extension TrainingRun {
  /// Writes the first weights: those of the seed, or those of another run where they fit.
  func beginWeights() throws {
    let source = try URL(named: settings.train.reuse.from).map {
      try WarmStart(from: $0, team: team)
    }
    try task.begin(seed: UInt64(settings.train.seed))
    warmStart = try source?.fill(task)
  }

  /// Throws a `UserError` if the run has lost the checkpoint that it began with: its first weights
  /// follow from no seed.
  func checkBeginning() throws {
    let from = settings.train.reuse.from
    guard !from.isEmpty else { return }
    throw UserError(
      "'\(folder.url.relativePath)' holds no checkpoint, and its first weights came from '\(from)'",
      hint: "begin it anew with --overwrite, or restore a checkpoint from a copy")
  }

  /// What `train.test` names.
  var testFiles: [URL] { settings.train.reuse.test.map { URL(fileURLWithPath: $0) } }

  /// Measures the best weights on the data of `train.test`, if there are any, as `unroll eval` does.
  func test(_ report: (TrainingEvent) -> Void) throws {
    guard !testFiles.isEmpty else { return }
    report(.tested(try Task.opened(in: folder, team: team).evaluate(testFiles)))
  }
}
