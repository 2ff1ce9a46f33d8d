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

  /// The commands of those tasks that have an ability: `tag, translate`, for messages.
  ///
  /// - Parameter ability: whether a type has it, `{ $0 is any Sampling.Type }`.
  package static func commands(
    with ability: (any TrainingTask.Type) -> Bool
  ) -> [String] {
    var names: [String] = []
    // No key paths: the compiler cannot lower those of an existential metatype.
    for task in tasks where ability(task) {
      for command in task.commands where !names.contains(command.name) {
        names.append(command.name)
      }
    }
    return names
  }
}

extension RunFolder {
  /// The task that the run in this folder trains; runs of the first days do not tell, and are `lm`.
  package func task() throws -> any TrainingTask.Type {
    let name = try taskName()
    guard let task = TaskRegistry.named(name) else {
      let names = TaskRegistry.tasks.map { $0.name }.joined(separator: ", ")
      throw UserError(
        "'\(configuration.relativePath)' has the task '\(name)', expected one of \(names)",
        hint: "use the version of unroll that made the run")
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
        hint: "use the version of unroll that made the run")
    }
    return name
  }

  /// Opens the run's best weights, whatever its task.
  package func openTask(team: WorkerTeam) throws -> any TrainingTask {
    try task().opened(in: self, team: team)
  }
}
