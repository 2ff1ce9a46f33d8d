import Compute
import Corpora
import Foundation
import Interchange
import Runs

@_cdecl("unroll_train")
public func unrollTrain(
  _ task: UnsafePointer<CChar>?, _ settings: UnsafePointer<CChar>?,
  _ folder: UnsafePointer<CChar>?, _ overwrites: Int32, _ progress: ProgressFunction?,
  _ context: UnsafeMutableRawPointer?, _ text: TextPlace?
) -> Int32 {
  Call.answer(text) {
    let request = try SettingsRequest(Call.string(task, "the name of the task"), settings)
    return try train(
      request.task, request.resolved(), at: Call.folder(folder), overwrites: overwrites != 0,
      Listener(progress, context))
  }
}

@_cdecl("unroll_train_series")
public func unrollTrainSeries(
  _ task: UnsafePointer<CChar>?, _ settings: UnsafePointer<CChar>?,
  _ values: UnsafePointer<Float>?, _ lengths: UnsafePointer<Int64>?, _ count: Int64,
  _ width: Int64, _ answers: UnsafePointer<CChar>?, _ folder: UnsafePointer<CChar>?,
  _ overwrites: Int32, _ progress: ProgressFunction?, _ context: UnsafeMutableRawPointer?,
  _ text: TextPlace?
) -> Int32 {
  Call.answer(text) {
    guard (1...1 << 16).contains(width) else {
      throw UserError.usage("found series of \(width) numbers a step, expected 1 to 65536")
    }
    let series = try VectorSequences(
      values, lengths: UnsafeBufferPointer(checking: lengths, count), width: Int(width))
    let file = try SeriesFile(series, answers: answers)
    let folder = try Call.folder(folder)
    let data = folder.deletingLastPathComponent()
      .appendingPathComponent(folder.lastPathComponent + "-data.ts")
    let request = try SettingsRequest(
      Call.string(task, "the name of the task"), settings, data: data)
    guard Abilities.predictingSeries.isOf(request.task) else {
      let able = TaskRegistry.commands(with: Abilities.predictingSeries.isOf)
      throw UserError.usage(
        "'\(request.task.call)' reads no series of numbers, but \(able.joined(separator: ", ")) do")
    }
    // The data of a run that is there already, or being trained, are left to it.
    return try train(
      request.task, try request.resolved(), at: folder, overwrites: overwrites != 0,
      Listener(progress, context)
    ) {
      // Somebody's, unless it was asked for.
      guard overwrites != 0 || !FileManager.default.fileExists(atPath: data.path) else {
        throw UserError.usage(
          "'\(data.relativePath)', where the series go, is there already",
          hint: "move it away, name another folder, or have the run overwritten")
      }
      try file.write(to: data)
    }
  }
}

@_cdecl("unroll_resume")
public func unrollResume(
  _ folder: UnsafePointer<CChar>?, _ settings: UnsafePointer<CChar>?,
  _ progress: ProgressFunction?, _ context: UnsafeMutableRawPointer?, _ text: TextPlace?
) -> Int32 {
  Call.answer(text) {
    let folder = try RunFolder.open(at: Call.folder(folder))
    return try resume(
      folder.task(), folder, SettingsRequest.members(settings), Listener(progress, context))
  }
}

@_cdecl("unroll_metrics")
public func unrollMetrics(_ folder: UnsafePointer<CChar>?, _ text: TextPlace?) -> Int32 {
  Call.answer(text) {
    "\(JSONValue.array(try RunFolder.open(at: Call.folder(folder)).metricsRecords()))"
  }
}

/// - Parameter prepare: once the run's folder is this call's own.
private func train<Task: TrainingTask>(
  _ task: Task.Type, _ settings: ResolvedSettings, at url: URL, overwrites: Bool,
  _ listener: Listener, prepare: () throws -> Void = {}
) throws -> String {
  let folder = try RunFolder.plan(at: url, overwrite: overwrites)
  let lock = try RunLock(url, isBeginning: true)
  defer { withExtendedLifetime(lock) {} }
  try prepare()
  let run = try TrainingRun<Task>(settings, folder: folder, isAdvised: true)
  try run.begin(overwrite: overwrites)
  return try run.train(listener)
}

private func resume<Task: TrainingTask>(
  _ task: Task.Type, _ folder: RunFolder, _ members: [JSONValue.Member], _ listener: Listener
) throws -> String {
  let lock = try RunLock(folder.url)
  defer { withExtendedLifetime(lock) {} }
  let chosen = try Task.schema.chosen(members, of: task.name)
  let run = try TrainingRun<Task>(
    Task.settings(resuming: folder, overrides: chosen.presets + chosen.overrides), folder: folder)
  try run.resume(listener.tell)
  return try run.train(listener)
}

extension TrainingRun {
  /// Trains to the end, heard by `listener`.
  fileprivate func train(_ listener: Listener) throws -> String {
    let end = try train(shouldStop: { listener.isDone }, listener.tell)
    let answer: JSONValue = ["end": .string(end.name), "updates": .integer(update)]
    return "\(answer)"
  }
}
