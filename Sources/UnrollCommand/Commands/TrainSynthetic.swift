import ArgumentParser
import Unroll

/// The options of the four synthetic tasks, each of which is a command of its own.
struct SyntheticOptions: ParsableArguments {
  @OptionGroup(title: "Run") var options: RunOptions
  @Option(parsing: .unconditional, help: Help.of("data.length")) var length: String?
  @Option(parsing: .unconditional, help: Help.of("data.examples")) var examples: String?
  @Option(parsing: .unconditional, help: Help.of("data.valid_examples")) var validExamples: String?
  @OptionGroup(title: "Network") var stack: StackOptions
  @Option(parsing: .unconditional, help: Help.of("model.embedding")) var embedding: String?
  @OptionGroup(title: "Training") var training: TrainingOptions

  func train(_ task: SyntheticTaskKind) throws {
    var settings = Settings([
      ("data.task", task.rawValue), ("data.length", length), ("data.examples", examples),
      ("data.valid_examples", validExamples), ("model.embedding", embedding),
    ])
    try settings.add(stack.settings())
    try settings.add(training.settings())
    try options.train(.synthetic, settings, paths: [])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp { .setting(key, in: SyntheticSchema.standard) }
  }
}

struct TrainAdding: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adding", abstract: "Adds two marked numbers of a long sequence.")
  @OptionGroup var synthetic: SyntheticOptions
  func run() throws { try synthetic.train(.adding) }
}

struct TrainCopy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy", abstract: "Repeats ten symbols after a long delay.")
  @OptionGroup var synthetic: SyntheticOptions
  func run() throws { try synthetic.train(.copy) }
}

struct TrainParity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity", abstract: "Tells whether the number of ones so far is odd.")
  @OptionGroup var synthetic: SyntheticOptions
  func run() throws { try synthetic.train(.parity) }
}

struct TrainTemporalOrder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "temporal-order", abstract: "Tells in which order two symbols came, far apart.")
  @OptionGroup var synthetic: SyntheticOptions
  func run() throws { try synthetic.train(.temporalOrder) }
}
