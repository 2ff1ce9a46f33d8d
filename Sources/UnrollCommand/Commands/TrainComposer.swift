import ArgumentParser
import Unroll

struct TrainComposer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compose", abstract: "Trains a model of music: at every step the next one's keys.",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @Option(parsing: .unconditional, help: Help.of("data.music")) var data: String?
  @Option(parsing: .unconditional, help: Help.of("data.steps_per_quarter"))
  var stepsPerQuarter: String?
  @OptionGroup(title: "Network") var stack: StackOptions
  @OptionGroup(title: "Training") var training: TrainingOptions

  func run() throws {
    if stack.bidirectional == true {
      throw UserError.usage(
        "a composer cannot be --bidirectional: reading backward, it has heard the step it is to "
          + "predict", hint: "drop the option")
    }
    var settings = Settings([("data.music", data), ("data.steps_per_quarter", stepsPerQuarter)])
    try settings.add(stack.settings())
    try settings.add(training.settings())
    try options.train(.composition, settings, paths: ["data.music"])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp { .setting(key, in: CompositionSchema.standard) }
  }
}
