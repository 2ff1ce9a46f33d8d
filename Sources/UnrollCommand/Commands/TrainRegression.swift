import ArgumentParser
import Unroll

struct TrainRegression: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regress", abstract: "Trains a prediction of numbers from series of numbers.",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @Option(parsing: .unconditional, help: Help.of("data.train")) var data: String?
  @Option(parsing: .unconditional, help: Help.of("data.valid")) var valid: String?
  @Option(parsing: .unconditional, help: Help.of("data.valid_fraction")) var validFraction: String?
  @Option(parsing: .unconditional, help: Help.of("data.split_seed")) var splitSeed: String?
  @Option(parsing: .unconditional, help: Help.of("data.features")) var features: String?
  @Flag(inversion: .prefixedNo, help: Help.of("data.every_step")) var everyStep: Bool?
  @OptionGroup(title: "Network") var stack: StackOptions
  @Option(parsing: .unconditional, help: Help.of("model.pooling")) var pooling: String?
  @OptionGroup(title: "Training") var training: TrainingOptions

  func run() throws {
    var settings = Settings([
      ("data.train", data), ("data.valid", valid), ("data.valid_fraction", validFraction),
      ("data.split_seed", splitSeed), ("data.features", features), ("model.pooling", pooling),
    ])
    settings.add("data.every_step", everyStep)
    try settings.add(stack.settings())
    try settings.add(training.settings())
    try options.train(.regression, settings, paths: ["data.train", "data.valid"])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp { .setting(key, in: RegressionSchema.standard) }
  }
}
