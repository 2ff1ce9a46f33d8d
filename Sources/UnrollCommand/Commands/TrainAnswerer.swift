import ArgumentParser
import Unroll

struct TrainAnswerer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answer", abstract: "Trains a network that answers questions about stories.",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Recurrent layers over words") var stack: StackOptions
  @OptionGroup(title: "Memory") var memory: MemoryOptions
  @OptionGroup(title: "Training") var training: TrainingOptions

  struct DataOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .upToNextOption, help: Help.of("data.stories")) var stories: [String] = []
    @Option(parsing: .upToNextOption, help: Help.of("data.valid")) var valid: [String] = []
    @Option(parsing: .unconditional, help: Help.of("data.valid_fraction"))
    var validFraction: String?
    @Option(parsing: .unconditional, help: Help.of("data.split_seed")) var splitSeed: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.lowercase")) var lowercase: Bool?

    func settings() -> Settings {
      var settings = Settings([
        ("data.valid_fraction", validFraction), ("data.split_seed", splitSeed),
      ])
      settings.add("data.stories", stories)
      settings.add("data.valid", valid)
      settings.add("data.lowercase", lowercase)
      return settings
    }
  }

  struct MemoryOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("model.embedding")) var embedding: String?
    @Option(parsing: .unconditional, help: Help.of("model.encoder")) var encoder: String?
    @Option(parsing: .unconditional, help: Help.of("model.fusion")) var fusion: String?
    @Option(parsing: .unconditional, help: Help.of("model.ages")) var ages: String?
    @Option(parsing: .unconditional, help: Help.of("model.attention")) var attention: String?
    @Option(parsing: .unconditional, help: Help.of("model.hops")) var hops: String?
    @Option(parsing: .unconditional, help: Help.of("train.empty_sentences"))
    var emptySentences: String?

    func settings() -> Settings {
      Settings([
        ("model.embedding", embedding), ("model.encoder", encoder), ("model.fusion", fusion),
        ("model.ages", ages), ("model.attention", attention), ("model.hops", hops),
        ("train.empty_sentences", emptySentences),
      ])
    }
  }

  func run() throws {
    var settings = data.settings()
    try settings.add(stack.settings())
    settings.add(memory.settings())
    try settings.add(training.settings())
    try options.train(.answering, settings, paths: ["data.stories", "data.valid"])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp { .setting(key, in: AnsweringSchema.standard) }
  }
}
