import ArgumentParser
import Compute
import Foundation
import Runs

package struct Train: ParsableCommand {
  /// What the registered tasks are called, in their order.
  package static var tasks: [any TrainableTask.Type] {
    types(of: TaskRegistry.tasks) { $0.key == nil }
  }

  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      abstract: "Trains a model.",
      discussion:
        "Continue any run, whatever it trains, with: \(ProgramName.current) train --resume RUN",
      subcommands: tasks.map { $0.command }, defaultSubcommand: tasks.first.map { $0.command })
  }

  /// Arguments with the task that a run trains which is to go on, where none is named: what may be given
  /// then are the options of that task.
  static func named(_ arguments: [String]) -> [String] {
    let rest = arguments.dropFirst()
    guard arguments.first == "train", rest.first?.hasPrefix("-") == true,
      let path = resumed(rest),
      let task = try? RunFolder.open(at: URL(typed: path)).task(),
      let command = task.commands.first
    else { return arguments }
    return [arguments[0], command.name] + rest
  }

  /// Throws a usage `UserError` where a command that trains is told a task that there is not.
  static func checkTask(_ arguments: [String]) throws {
    guard let command = arguments.first, ["train", "cross-validate"].contains(command),
      let name = arguments.dropFirst().first, !name.isEmpty, !name.hasPrefix("-")
    else { return }
    // No key path: the compiler cannot lower that of an existential metatype.
    let names = tasks.map { $0.name }
    guard names.contains(name) else { throw TaskRegistry.unknown(name, among: names) }
  }

  /// What `--resume` names.
  private static func resumed(_ arguments: ArraySlice<String>) -> String? {
    let option = "--resume"
    for (argument, next) in zip(arguments, arguments.dropFirst().map { $0 } + [""])
    where argument == option || argument.hasPrefix(option + "=") {
      return argument == option ? next : String(argument.dropFirst(option.count + 1))
    }
    return nil
  }

  package init() {}
}
