import ArgumentParser
import Compute
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

  package init() {}
}
