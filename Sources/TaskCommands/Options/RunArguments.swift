import ArgumentParser
import Foundation
import Runs

/// Where a run lives and how it shows itself: the same for all tasks.
struct RunArguments: ParsableArguments {
  static let discussion = """
    Settings come from defaults, then --config files in order, then UNROLL_TABLE_NAME variables, \
    then the options below, later over earlier. The run folder keeps all of them in config.toml, \
    the metrics in metrics.jsonl, the best weights in model.safetensors (PyTorch's names) and the \
    last two checkpoints.
    """

  @Option(help: "Folder of the run.", completion: .directory) var out: String?
  @Option(help: "Continue this run from its last checkpoint.", completion: .directory)
  var resume: String?
  @Flag(help: "Replace the run that the folder holds.") var overwrite = false
  @Flag(name: .shortAndLong, help: "No progress on standard error.") var quiet = false
  @Flag(help: "Write the time by phase into metrics.jsonl.") var profile = false
  @Flag(
    help: "Write a text of the model into metrics.jsonl at each validation: for tasks that write.")
  var samples = false
  @Option(
    defaultAsFlag: "", parsing: .next,
    help: ArgumentHelp(
      "Write what happens for TensorBoard, to the run's folder or to another one.",
      valueName: "folder"), completion: .directory)
  var tensorboard: String?
  @Flag(help: "Print the settings as they would be kept in config.toml, and do nothing else.")
  var printConfig = false
  @Flag(
    help: "Say what memory and time the training would take, after a few updates, and end.")
  var dryRun = false
  @Option(
    help: ArgumentHelp(
      "Train for this long: size, updates and validations that fit are found out from a few updates.",
      discussion: "As 90s, 10m or 1h30m.", valueName: "time"), transform: TimeSpan.init(typed:))
  var budget: TimeSpan?
  @Option(
    parsing: .unconditional,
    help: "Under mpirun: seconds without a sign of life after which a process is given up.")
  var rankTimeout = 60
  @Option(
    parsing: .unconditionalSingleValue,
    help: "Configuration file in TOML; may be repeated, later over earlier.",
    completion: .file(extensions: ["toml"]))
  var config: [String] = []
  @Option(
    name: .customLong("set"), help: "Any setting by its key: --set optimizer.beta2=0.98.")
  var set: [String] = []

  func validate() throws {
    guard (1...86_400).contains(rankTimeout) else {
      throw ValidationError("--rank-timeout \(rankTimeout): expected 1 to 86400 seconds")
    }
  }

  var board: TrainingRequest.Board? {
    tensorboard.map { path in
      TrainingRequest.Board(folder: path.isEmpty ? nil : URL(fileURLWithPath: path))
    }
  }

  var files: [URL] { get throws { try config.map { try URL(typed: $0) } } }

  func settings() throws -> [SettingsOverride] { try set.map(SettingsOverride.init(parsing:)) }
}
