import ArgumentParser
import TaskCommands
import Unroll

@main
struct UnrollCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unroll",
    abstract: "Trains recurrent networks on CPUs.",
    subcommands: [
      Train.self, Evaluate.self, Predict.self, Embed.self, Nearest.self, Sample.self, Compose.self,
      Score.self, Inspect.self,
      Info.self, DataCommand.self,
      Bench.self, Scale.self, OptionsReferenceCommand.self,
    ])

  /// Exit codes: 0 success, 1 the run failed, 2 the command line is wrong, 128 + n signal n.
  static func main() {
    StandardTasks.register()
    TaskProgram.run(UnrollCommand.self)
  }
}
