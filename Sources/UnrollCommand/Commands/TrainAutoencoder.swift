import ArgumentParser
import Unroll

struct TrainAutoencoder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "autoencode",
    abstract: "Trains a network to make sequences vectors, from which it makes them again.",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Features of recordings") var features: TrainTranscriber.FeatureOptions
  @OptionGroup(title: "Network") var stack: StackOptions
  @OptionGroup(title: "Autoencoder") var autoencoder: AutoencoderOptions
  @OptionGroup(title: "Training") var training: TrainingOptions

  struct DataOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("data.text")) var text: String?
    @Option(parsing: .unconditional, help: Help.of("data.audio")) var audio: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid")) var valid: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid_fraction"))
    var validFraction: String?
    @Option(parsing: .unconditional, help: Help.of("data.split_seed")) var splitSeed: String?
    @Option(parsing: .unconditional, help: Help.of("data.tokens")) var tokens: String?
    @Option(parsing: .unconditional, help: Help.of("data.vocabulary_size"))
    var vocabularySize: String?
    @Option(parsing: .unconditional, help: Help.of("data.min_count")) var minCount: String?
    @Option(parsing: .unconditional, help: Help.of("data.partners")) var partners: String?
    @Option(parsing: .unconditional, help: Help.of("data.partner_count"))
    var partnerCount: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.lowercase")) var lowercase: Bool?
    @Option(parsing: .unconditional, help: Help.of("data.longest")) var longest: String?

    func settings() -> Settings {
      var settings = Settings([
        ("data.text", text), ("data.audio", audio), ("data.valid", valid),
        ("data.valid_fraction", validFraction), ("data.split_seed", splitSeed),
        ("data.tokens", tokens), ("data.vocabulary_size", vocabularySize),
        ("data.min_count", minCount), ("data.longest", longest), ("data.partners", partners),
        ("data.partner_count", partnerCount),
      ])
      settings.add("data.lowercase", lowercase)
      return settings
    }
  }

  struct AutoencoderOptions: ParsableArguments, SettingsGroup {
    @Flag(inversion: .prefixedNo, help: Help.of("model.hierarchical")) var hierarchical: Bool?
    @Option(parsing: .unconditional, help: Help.of("model.code")) var code: String?
    @Option(parsing: .unconditional, help: Help.of("model.embedding")) var embedding: String?
    @Flag(inversion: .prefixedNo, help: Help.of("model.tie")) var tie: Bool?
    @Flag(inversion: .prefixedNo, help: Help.of("model.feed_code")) var feedCode: Bool?
    @Option(parsing: .unconditional, help: Help.of("model.decoder_input"))
    var decoderInput: String?
    @Flag(inversion: .prefixedNo, help: Help.of("model.reversed")) var reversed: Bool?
    @Option(parsing: .unconditional, help: Help.of("model.input_dropout"))
    var inputDropout: String?
    @Option(parsing: .unconditional, help: Help.of("model.input_noise")) var inputNoise: String?
    @Option(parsing: .unconditional, help: Help.of("train.word_dropout")) var wordDropout: String?

    func settings() -> Settings {
      var settings = Settings([
        ("model.code", code), ("model.embedding", embedding),
        ("model.decoder_input", decoderInput), ("model.input_dropout", inputDropout),
        ("model.input_noise", inputNoise), ("train.word_dropout", wordDropout),
      ])
      settings.add("model.hierarchical", hierarchical)
      settings.add("model.tie", tie)
      settings.add("model.feed_code", feedCode)
      settings.add("model.reversed", reversed)
      return settings
    }
  }

  func run() throws {
    var settings = data.settings()
    settings.add(features.settings())
    try settings.add(stack.settings())
    settings.add(autoencoder.settings())
    try settings.add(training.settings())
    try options.train(
      .autoencoding, settings, paths: ["data.text", "data.audio", "data.valid", "data.partners"])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp {
      .setting(key, in: AutoencodingSchema.standard)
    }
  }
}
