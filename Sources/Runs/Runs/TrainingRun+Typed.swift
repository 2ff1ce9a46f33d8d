import Compute
import Foundation
import Parallel

extension TrainingRun {
  /// Begins a run with settings of one's own, in a folder that holds none: reads the data, checks the
  /// settings and the memory, makes the folder. `train` follows.
  ///
  /// - Parameters:
  ///   - overwrite: replaces the run that the folder holds.
  ///   - isAdvised: whether settings that the program left as they are follow from the data, as they do on
  ///     the command line; `settings` of the run has them then.
  public convenience init(
    _ settings: Task.Settings, at url: URL, overwrite: Bool = false, isAdvised: Bool = false
  ) throws {
    let schema = Task.schema
    let resolved = try schema.resolve(overrides: schema.overrides(for: settings)).withAbsolutePaths
    let folder = try RunFolder.plan(at: url, overwrite: overwrite)
    let lock = try RunLock(url, isBeginning: true)
    try self.init(resolved, folder: folder, isAdvised: isAdvised)
    self.lock = lock
    try begin(overwrite: overwrite)
  }

  /// Goes on with the run in a folder from its last checkpoint: the same bits as if it had never stopped.
  public convenience init(resuming url: URL, _ report: (TrainingEvent) -> Void = { _ in }) throws {
    let folder = try RunFolder.open(at: url)
    let lock = try RunLock(url)
    try self.init(try Task.settings(resuming: folder), folder: folder)
    self.lock = lock
    try resume(report)
  }

  /// Trains to the end.
  @discardableResult
  public func train(_ report: (TrainingEvent) -> Void = { _ in }) throws -> TrainingEnd {
    try train(shouldStop: { false }, shouldSave: { false }, report)
  }
}

extension TrainingTask {
  /// Opens the best weights of the run in a folder.
  ///
  /// - Parameter threads: 0: as many as there are cores.
  public static func open(_ url: URL, threads: Int = 0) throws -> Self {
    let team = try WorkerTeam.started(count: threads > 0 ? threads : UsableCores.count)
    return try opened(in: RunFolder.open(at: url), team: team)
  }
}
