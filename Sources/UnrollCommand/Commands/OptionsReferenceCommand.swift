import ArgumentParser
import TaskCommands

/// Writes `docs/options.md`; a test keeps the file equal to it.
struct OptionsReferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "options-reference", abstract: "Prints the reference of all options.",
    shouldDisplay: false)

  func run() {
    Output.standardOutput.write(OptionsReference.markdown(of: Train.tasks))
  }
}
