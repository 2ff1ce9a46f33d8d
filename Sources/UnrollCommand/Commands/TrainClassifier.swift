import ArgumentParser
import Unroll

struct TrainClassifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Trains a classifier of texts or of series of numbers.",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network") var stack: StackOptions
  @Option(parsing: .unconditional, help: Help.of("model.embedding")) var embedding: String?
  @Option(parsing: .unconditional, help: Help.of("model.self_attention"))
  var selfAttention: String?
  @Option(parsing: .unconditional, help: Help.of("model.pooling")) var pooling: String?
  @OptionGroup(title: "Training") var training: TrainingOptions

  struct DataOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("data.train")) var data: String?
    @Option(parsing: .unconditional, help: Help.of("data.labels")) var labels: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid")) var valid: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid_labels")) var validLabels: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid_fraction"))
    var validFraction: String?
    @Option(parsing: .unconditional, help: Help.of("data.split_seed")) var splitSeed: String?
    @Option(parsing: .unconditional, help: Help.of("data.tokens")) var tokens: String?
    @Option(parsing: .unconditional, help: Help.of("data.encode")) var encode: String?
    @Option(parsing: .unconditional, help: Help.of("data.embeddings")) var embeddings: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.lowercase")) var lowercase: Bool?
    @Option(
      name: .customLong("vocab-size"), parsing: .unconditional,
      help: Help.of("data.vocabulary_size"))
    var vocabularySize: String?
    @Option(parsing: .unconditional, help: Help.of("data.min_count")) var minCount: String?
    @Option(parsing: .unconditional, help: Help.of("data.features")) var features: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.multi_label")) var multiLabel: Bool?

    func settings() -> Settings {
      var settings = Settings([
        ("data.train", data), ("data.labels", labels), ("data.valid", valid),
        ("data.valid_labels", validLabels), ("data.valid_fraction", validFraction),
        ("data.split_seed", splitSeed), ("data.tokens", tokens),
        ("data.vocabulary_size", vocabularySize), ("data.min_count", minCount),
        ("data.features", features), ("data.encode", encode), ("data.embeddings", embeddings),
      ])
      settings.add("data.lowercase", lowercase)
      settings.add("data.multi_label", multiLabel)
      return settings
    }
  }

  func run() throws {
    var settings = data.settings()
    try settings.add(stack.settings())
    settings.add([
      ("model.embedding", embedding), ("model.self_attention", selfAttention),
      ("model.pooling", pooling),
    ])
    try settings.add(training.settings())
    try options.train(
      .classification, settings,
      paths: ["data.train", "data.labels", "data.valid", "data.valid_labels", "data.embeddings"])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp {
      .setting(key, in: ClassificationSchema.standard)
    }
  }
}
