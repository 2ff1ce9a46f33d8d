import ArgumentParser
import TaskCommands
import Unroll

@main
struct UnrollCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unroll",
    abstract: "Trains recurrent networks on CPUs.",
    subcommands: [
      Train.self, CrossValidate.self, Evaluate.self, Predict.self, Average.self, Embed.self,
      Nearest.self, Sample.self, Compose.self,
      Score.self, Inspect.self, Report.self, Export.self, Import.self,
      Info.self, DataCommand.self, Tokenize.self,
      Bench.self, Scale.self, OptionsReferenceCommand.self,
    ])

  // Not the parser's own, for which git would be asked whatever the command.
  @Flag(
    name: .customLong("version"), help: "Print the version, the commit and the instruction sets.")
  var showsVersion = false

  func run() throws {
    guard showsVersion else { throw CleanExit.helpRequest(self) }
    Output.standardOutput.write(Self.versionText)
  }

  private static var versionText: String {
    let machine = MachineDescription()
    let sets = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    return """
      unroll \(UnrollVersion.current)
      commit            \(machine.commit ?? "unknown")
      instruction sets  \(sets); in use: \(machine.instructionSet.rawValue)

      """
  }

  /// Exit codes: 0 success, 1 the run failed, 2 the command line is wrong,
  /// 3 the training diverged, 128 + n signal n.
  static func main() {
    StandardTasks.register()
    TaskProgram.run(UnrollCommand.self)
  }
}
