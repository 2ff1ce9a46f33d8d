import Foundation
import Parallel
import Testing
import Unroll

extension TrainingRun {
  /// A new run at `url`, begun with `base`, of which `settings` take the place where they have the same
  /// key.
  package static func begun(
    at url: URL, _ base: [String: String], _ settings: [String: String] = [:]
  ) throws -> TrainingRun {
    let run = try TrainingRun(
      Task.schema.resolve(
        overrides: base.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: url))
    try run.begin()
    return run
  }

  /// The run in `folder` with other settings, as `--resume` goes on with it; a warning is a failure.
  package static func resumed(
    _ folder: RunFolder, _ settings: [String: String] = [:], link: (any RankLink)? = nil
  ) throws -> TrainingRun {
    let run = try TrainingRun(
      Task.settings(
        resuming: folder, overrides: settings.map { SettingsOverride($0, text: $1) }),
      folder: folder, link: link)
    try run.resume { event in
      if case .warning(let text) = event { Issue.record("\(text)") }
    }
    return run
  }

  /// Trains to the end, or until `stopAt` updates are done.
  @discardableResult
  package func train(stopAt: Int) throws -> TrainingEnd {
    try train(shouldStop: { self.update >= stopAt }, shouldSave: { false }) { _ in }
  }
}

/// Trains `straight` to its end, and `stopped` in two parts with other numbers of threads: the bits are
/// the same.
package func expectResumingEqualsNeverStopping<Task: TrainingTask>(
  _ straight: TrainingRun<Task>, _ stopped: TrainingRun<Task>, at update: Int
) throws {
  try straight.train(stopAt: .max)
  #expect(try stopped.train(stopAt: update) == .interrupted)
  let resumed = try TrainingRun<Task>.resumed(stopped.folder, ["train.threads": "3"])
  #expect(resumed.update == update)
  #expect(try resumed.train(stopAt: .max) == .finished)
  #expect(resumed.update == straight.update)
  let weights = [straight, resumed].map { $0.task.parameters.parameters.flatMap(\.values) }
  #expect(weights[0].map(\.bitPattern) == weights[1].map(\.bitPattern))
}

/// Two files of tensors with the same names and bytes.
package func expectEqualTensors(_ a: URL, _ b: URL) throws {
  let (first, second) = (try SafetensorsFile.open(a), try SafetensorsFile.open(b))
  #expect(first.tensors.keys.sorted() == second.tensors.keys.sorted())
  let others = try first.tensors.keys.sorted().filter { name in
    let bytes = try first.withBytes(of: name) { Array($0) }
    return try second.withBytes(of: name) { Array($0) } != bytes
  }
  #expect(others.isEmpty, "of other bytes")
}
