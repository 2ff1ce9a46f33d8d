import ArgumentParser
import Unroll

struct TrainTranslator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate",
    abstract: "Trains an encoder-decoder that turns one sequence into another.",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network") var stack: StackOptions
  @OptionGroup(title: "Translation") var model: ModelOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @Option(parsing: .unconditional, help: Help.of("train.batch_tokens")) var batchTokens: String?
  @Option(parsing: .unconditional, help: Help.of("train.scheduled_sampling"))
  var scheduledSampling: String?

  struct DataOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("data.pairs")) var pairs: String?
    @Option(parsing: .unconditional, help: Help.of("data.source")) var source: String?
    @Option(parsing: .unconditional, help: Help.of("data.target")) var target: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid")) var valid: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid_fraction"))
    var validFraction: String?
    @Option(parsing: .unconditional, help: Help.of("data.split_seed")) var splitSeed: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.swap")) var swap: Bool?
    @Flag(inversion: .prefixedNo, help: Help.of("data.lowercase")) var lowercase: Bool?
    @Option(parsing: .unconditional, help: Help.of("data.tokens")) var tokens: String?
    @Option(parsing: .unconditional, help: Help.of("data.source_tokens")) var sourceTokens: String?
    @Option(parsing: .unconditional, help: Help.of("data.target_tokens")) var targetTokens: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.share_vocabulary"))
    var shareVocabulary: Bool?
    @Option(parsing: .unconditional, help: Help.of("data.tokenizer")) var tokenizer: String?
    @Option(parsing: .unconditional, help: Help.of("data.vocab_size")) var vocabSize: String?
    @Option(parsing: .unconditional, help: Help.of("data.min_count")) var minCount: String?
    @Option(parsing: .unconditional, help: Help.of("data.max_length")) var maxLength: String?

    func settings() -> Settings {
      var settings = Settings([
        ("data.pairs", pairs), ("data.source", source), ("data.target", target),
        ("data.valid", valid), ("data.valid_fraction", validFraction),
        ("data.split_seed", splitSeed), ("data.tokens", tokens),
        ("data.source_tokens", sourceTokens), ("data.target_tokens", targetTokens),
        ("data.tokenizer", tokenizer), ("data.vocab_size", vocabSize),
        ("data.min_count", minCount), ("data.max_length", maxLength),
      ])
      settings.add("data.swap", swap)
      settings.add("data.lowercase", lowercase)
      settings.add("data.share_vocabulary", shareVocabulary)
      return settings
    }
  }

  struct ModelOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("model.decoder_hidden"))
    var decoderHidden: String?
    @Option(parsing: .unconditional, help: Help.of("model.embedding")) var embedding: String?
    @Option(parsing: .unconditional, help: Help.of("model.attention")) var attention: String?
    @Option(parsing: .unconditional, help: Help.of("model.attention_hidden"))
    var attentionHidden: String?
    @Flag(inversion: .prefixedNo, help: Help.of("model.input_feeding")) var inputFeeding: Bool?
    @Option(parsing: .unconditional, help: Help.of("model.coverage")) var coverage: String?
    @Flag(inversion: .prefixedNo, help: Help.of("model.reverse_source")) var reverseSource: Bool?
    @Option(parsing: .unconditional, help: Help.of("model.tie")) var tie: String?

    func settings() -> Settings {
      var settings = Settings([
        ("model.decoder_hidden", decoderHidden), ("model.embedding", embedding),
        ("model.attention", attention), ("model.attention_hidden", attentionHidden),
        ("model.coverage", coverage), ("model.tie", tie),
      ])
      settings.add("model.input_feeding", inputFeeding)
      settings.add("model.reverse_source", reverseSource)
      return settings
    }
  }

  func run() throws {
    var settings = data.settings()
    try settings.add(stack.settings())
    settings.add(model.settings())
    try settings.add(training.settings())
    settings.add([
      ("train.batch_tokens", batchTokens), ("train.scheduled_sampling", scheduledSampling),
    ])
    try options.train(
      .translation, settings,
      paths: ["data.pairs", "data.source", "data.target", "data.valid", "data.tokenizer"])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp {
      .setting(key, in: TranslationSchema.standard)
    }
  }
}
