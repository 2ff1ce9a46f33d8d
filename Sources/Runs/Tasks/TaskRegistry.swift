import Compute
import Foundation
import Parallel
import Synchronization

/// The tasks by name: one line registers a task everywhere, from `unroll train` to resuming.
public enum TaskRegistry {
  private static let registered = Mutex<[any TrainingTask.Type]>([])

  /// Adds a task; one of the same name is replaced.
  public static func register(_ tasks: any TrainingTask.Type...) {
    registered.withLock { list in
      for task in tasks {
        list.removeAll { $0.name == task.name }
        list.append(task)
      }
    }
  }

  /// In the order of registration.
  package static var tasks: [any TrainingTask.Type] { registered.withLock { $0 } }

  package static func named(_ name: String) -> (any TrainingTask.Type)? {
    tasks.first { $0.name == name }
  }

  /// What to say to whoever names a task that there is not.
  package static func unknown(_ name: String, among names: [String]) -> UserError {
    let meant = nearest(to: name, among: names).map { "did you mean '\(names[$0])'? " } ?? ""
    return .usage(
      "there is no task '\(name)'", hint: meant + "the tasks are " + names.joined(separator: ", "))
  }

  /// How those tasks are called that have an ability: `tag, lm --condition`, for messages.
  ///
  /// - Parameter ability: whether a type has it, `{ $0 is any Sampling.Type }`.
  package static func commands(
    with ability: (any TrainingTask.Type) -> Bool
  ) -> [String] {
    var names: [String] = []
    // No key paths: the compiler cannot lower those of an existential metatype.
    for task in tasks where ability(task) {
      for command in task.commands where !names.contains(task.call(of: command)) {
        names.append(task.call(of: command))
      }
    }
    return names
  }
}

extension TrainingTask {
  /// The command with the option that means this task among those of the same name, if there are some:
  /// `lm --condition`.
  package static func call(of command: TaskCommand) -> String {
    let option = command.key.flatMap { schema.option($0)?.spelling }
    return command.name + (option.map { " --\($0)" } ?? "")
  }

  /// What trains this task: `lm --condition`, `adding|copy|parity`.
  package static var call: String { commands.map(call).joined(separator: "|") }
}

extension RunFolder {
  /// The task that the run in this folder trains; runs of the first days do not tell, and are `lm`.
  package func task() throws -> any TrainingTask.Type {
    let name = try taskName()
    guard let task = TaskRegistry.named(name) else {
      let names = TaskRegistry.tasks.map { $0.name }.joined(separator: ", ")
      throw UserError(
        "'\(configuration.relativePath)' has the task '\(name)', expected one of \(names)",
        hint: "use the version of \(ProgramName.current) that made the run")
    }
    return task
  }

  private func taskName() throws -> String {
    let entries = try SettingsFile.read(configuration)
    guard let entry = entries.first(where: { $0.key == SettingsSchema.taskKey }) else {
      return "lm"
    }
    guard case .value(.string(let name)) = entry.found else {
      throw UserError(
        "'\(configuration.relativePath)' has a \(SettingsSchema.taskKey) that is no string",
        hint: "use the version of \(ProgramName.current) that made the run")
    }
    return name
  }

  /// Opens the run's best weights, whatever its task.
  ///
  /// - Parameter tell: see `TrainingTask.opened`.
  package func openTask(
    team: WorkerTeam, _ tell: (String) -> Void = { _ in }
  ) throws -> any TrainingTask {
    try task().opened(in: self, team: team, tell)
  }
}
