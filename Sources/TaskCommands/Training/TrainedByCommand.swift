import ArgumentParser
import Compute
import Foundation
import Parallel
import Runs
import Synchronization

/// One of a task's commands as a type, which the argument parser asks for.
enum TrainedByCommand<Task: TrainingTask, Place: CommandPlace>: TrainableTask {
  private static var command: TaskCommand { Task.commands[Place.index] }

  static var name: String { command.name }
  static var abstract: String { command.abstract }
  static var discussion: String { command.discussion }
  static var schema: SettingsSchema { Schemas.of(Task.self) }
  static var fixed: [SettingsOverride] { command.fixed }
  static var refusals: [String: String] { command.refusals }

  /// The task of the same name that is meant where its own option is typed.
  static var alternative: (any TrainableTask.Type)? {
    guard command.key == nil else { return nil }
    return Train.types(of: TaskRegistry.tasks) { $0.name == name && $0.key != nil }.first
  }

  static func filled(_ settings: ResolvedSettings) -> ResolvedSettings {
    let settled = try? withTemporaryFolder {
      try SettledData<Task>(settings, isNew: true, in: $0).resolved
    }
    return settled ?? settings
  }

  static func train(_ request: TrainingRequest) throws {
    try RankedTraining.run(timeout: request.rankTimeout) { link in
      if request.isQuiet || link.isFollower { ActivityDisplay.standardError.silence() }
      switch request.start {
      case .new(let settings, let url, let overwrites):
        try request.check(for: Task.self)
        guard link == nil || request.budget == nil else {
          throw UserError.usage(
            "--budget times the updates of one process, not of several under mpirun",
            hint: "say how long to train, with --epochs or --updates")
        }
        let folder =
          link.isFollower ? RunFolder(url: url) : try RunFolder.plan(at: url, overwrite: overwrites)
        let lock = link.isFollower ? nil : try RunLock(url, isBeginning: true)
        defer { withExtendedLifetime(lock) {} }
        let budget = try request.budget.map { try TimeBudget<Task>(settings, $0, in: folder) }
        let run = try TrainingRun<Task>(
          budget?.settings ?? settings, folder: folder, isAdvised: budget == nil, link: link)
        run.notes += budget?.notes ?? []
        try run.begin(overwrite: overwrites)
        try run.train(request, TrainingDisplay(isQuiet: request.isQuiet))
      case .dry(let settings): if !link.isFollower { try tryOut(settings) }
      case .listed(let settings):
        if !link.isFollower { Output.standardOutput.write(filled(settings).toml) }
      case .resume(let url, let files, let overrides):
        let folder = try RunFolder.open(at: url)
        let task = try folder.task()
        guard task.commands.contains(where: { $0.name == name }) else {
          throw UserError.usage(
            "'\(url.relativePath)' is a run of 'train \(task.name)', not of 'train \(name)'",
            hint: "continue it with: \(ProgramName.current) train --resume \(url.relativePath)")
        }
        try goOn(task, request, folder, files, overrides, link)
      }
    }
  }

  private static func tryOut(_ settings: ResolvedSettings) throws {
    let report = try withTemporaryFolder {
      try TrainingRun<Task>(settings, folder: $0, isAdvised: true).tryOut().report
    }
    Output.standardOutput.write(report)
  }

  /// Where token files of what is no run go, until it is removed.
  private static func withTemporaryFolder<Result>(
    _ body: (RunFolder) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("unroll-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(.plan(at: folder))
  }

  private static func goOn<Resumed: TrainingTask>(
    _ task: Resumed.Type, _ request: TrainingRequest, _ folder: RunFolder, _ files: [URL],
    _ overrides: [SettingsOverride], _ link: (any RankLink)?
  ) throws {
    try request.check(for: task)
    let lock = link.isFollower ? nil : try RunLock(folder.url)
    defer { withExtendedLifetime(lock) {} }
    let run = try TrainingRun<Resumed>(
      Resumed.settings(resuming: folder, files: files, overrides: overrides), folder: folder,
      link: link)
    let display = TrainingDisplay(isQuiet: request.isQuiet)
    try run.resume(link.isFollower ? { _ in } : display.show)
    try run.train(request, display)
  }
}

/// The schemas that the parser asks for again and again. All that is registered is registered before
/// the command line is parsed.
private enum Schemas {
  private static let made = Mutex<[ObjectIdentifier: SettingsSchema]>([:])

  static func of<Task: TrainingTask>(_ task: Task.Type) -> SettingsSchema {
    let key = ObjectIdentifier(task)
    if let schema = made.withLock({ $0[key] }) { return schema }
    let schema = Task.schema
    made.withLock { $0[key] = schema }
    return schema
  }
}

/// Which of a task's commands a type stands for: `CommandAfter<FirstCommand>` is the second.
protocol CommandPlace { static var index: Int { get } }

enum FirstCommand: CommandPlace { static var index: Int { 0 } }

enum CommandAfter<Before: CommandPlace>: CommandPlace {
  static var index: Int { Before.index + 1 }
}

extension Train {
  /// A type for each command of `tasks` that is wanted.
  static func types(
    of tasks: [any TrainingTask.Type], where isWanted: (TaskCommand) -> Bool
  ) -> [any TrainableTask.Type] {
    tasks.flatMap { commands(of: $0, from: FirstCommand.self, isWanted) }
  }

  private static func commands<Task: TrainingTask, Place: CommandPlace>(
    of task: Task.Type, from place: Place.Type, _ isWanted: (TaskCommand) -> Bool
  ) -> [any TrainableTask.Type] {
    guard Place.index < Task.commands.count else { return [] }
    let rest = commands(of: task, from: CommandAfter<Place>.self, isWanted)
    let command = Task.commands[Place.index]
    return (isWanted(command) ? [TrainedByCommand<Task, Place>.self] : []) + rest
  }
}

extension TrainingRun {
  /// Trains to the end, shown and recorded.
  fileprivate func train(_ request: TrainingRequest, _ display: TrainingDisplay) throws {
    let signals = try StopSignals()
    showGradients(request.board != nil)
    let observers = isWriter ? request.observers(of: self) : []
    let end = try train(
      shouldStop: { signals.isStopRequested }, shouldSave: { signals.takeSaveRequest() }
    ) { event in
      guard isWriter else { return }
      display.show(event)
      for observer in observers { observer.observe(event, display.warn) }
    }
    if isWriter {
      if request.writesProfile { try recordProfile() }
      display.finish(end, update: update, folder)
    }
    if end == .interrupted, let code = signals.exitCode { throw ExitCode(code) }
  }
}
