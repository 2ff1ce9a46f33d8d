import ArgumentParser
import Unroll

struct TrainTagger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Trains a tagger of words.",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network") var stack: StackOptions
  @OptionGroup(title: "Words and tags") var tagger: TaggerOptions
  @OptionGroup(title: "Training") var training: TrainingOptions

  struct DataOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("data.train")) var data: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid")) var valid: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid_fraction"))
    var validFraction: String?
    @Option(parsing: .unconditional, help: Help.of("data.split_seed")) var splitSeed: String?
    @Option(parsing: .unconditional, help: Help.of("data.scheme")) var scheme: String?
    @Option(parsing: .unconditional, help: Help.of("data.learn")) var learn: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.strict")) var strict: Bool?
    @Option(parsing: .unconditional, help: Help.of("data.tag_column")) var tagColumn: String?
    @Option(parsing: .upToNextOption, help: Help.of("data.features")) var features: [String] = []
    @Flag(inversion: .prefixedNo, help: Help.of("data.lowercase")) var lowercase: Bool?
    @Flag(inversion: .prefixedNo, help: Help.of("data.hide_digits")) var hideDigits: Bool?
    @Option(parsing: .unconditional, help: Help.of("data.min_count")) var minCount: String?
    @Option(parsing: .unconditional, help: Help.of("data.embeddings")) var embeddings: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.intent")) var intent: Bool?

    func settings() -> Settings {
      var settings = Settings([
        ("data.train", data), ("data.valid", valid), ("data.valid_fraction", validFraction),
        ("data.split_seed", splitSeed), ("data.scheme", scheme), ("data.learn", learn),
        ("data.tag_column", tagColumn), ("data.min_count", minCount),
        ("data.embeddings", embeddings),
      ])
      settings.add("data.features", features)
      settings.add("data.strict", strict)
      settings.add("data.lowercase", lowercase)
      settings.add("data.hide_digits", hideDigits)
      settings.add("data.intent", intent)
      return settings
    }
  }

  struct TaggerOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("model.embedding")) var embedding: String?
    @Option(parsing: .unconditional, help: Help.of("model.characters")) var characters: String?
    @Option(parsing: .unconditional, help: Help.of("model.character_embedding"))
    var characterEmbedding: String?
    @Option(parsing: .unconditional, help: Help.of("model.feature_embedding"))
    var featureEmbedding: String?
    @Option(parsing: .unconditional, help: Help.of("model.window")) var window: String?
    @Option(parsing: .unconditional, help: Help.of("model.input_dropout"))
    var inputDropout: String?
    @Option(parsing: .unconditional, help: Help.of("model.self_attention"))
    var selfAttention: String?
    @Option(parsing: .unconditional, help: Help.of("model.head")) var head: String?
    @Option(parsing: .unconditional, help: Help.of("train.word_dropout")) var wordDropout: String?

    func settings() -> Settings {
      Settings([
        ("model.embedding", embedding), ("model.characters", characters),
        ("model.character_embedding", characterEmbedding),
        ("model.feature_embedding", featureEmbedding), ("model.window", window),
        ("model.input_dropout", inputDropout), ("model.self_attention", selfAttention),
        ("model.head", head),
        ("train.word_dropout", wordDropout),
      ])
    }
  }

  func run() throws {
    var settings = data.settings()
    try settings.add(stack.settings())
    settings.add(tagger.settings())
    try settings.add(training.settings())
    try options.train(
      .tagging, settings, paths: ["data.train", "data.valid", "data.embeddings"])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp { .setting(key, in: TaggingSchema.standard) }
  }
}
