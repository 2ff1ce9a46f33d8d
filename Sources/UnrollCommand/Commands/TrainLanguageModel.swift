import ArgumentParser
import Unroll

struct TrainLanguageModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lm", abstract: "Trains a language model on text.",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network") var stack: StackOptions
  @Option(parsing: .unconditional, help: Help.of("model.embedding")) var embedding: String?
  @Flag(inversion: .prefixedNo, help: Help.of("model.tie")) var tie: Bool?
  @Option(parsing: .unconditional, help: Help.of("model.embedding_dropout"))
  var embeddingDropout: String?
  @Option(parsing: .unconditional, help: Help.of("model.input_dropout")) var inputDropout: String?
  @Option(parsing: .unconditional, help: Help.of("model.output_dropout"))
  var outputDropout: String?
  @Option(parsing: .unconditional, help: Help.of("model.activation_penalty"))
  var activationPenalty: String?
  @Option(parsing: .unconditional, help: Help.of("model.temporal_penalty"))
  var temporalPenalty: String?
  @Option(parsing: .unconditional, help: Help.of("train.steps")) var steps: String?
  @Option(parsing: .unconditional, help: Help.of("train.loss_scale")) var lossScale: String?
  @OptionGroup(title: "Training") var training: TrainingOptions

  struct DataOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .upToNextOption, help: Help.of("data.text")) var text: [String] = []
    @Option(
      parsing: .unconditional,
      help: .setting(
        "data.condition", in: ConditionalTextSchema.standard, " In the place of --text."))
    var condition: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid")) var valid: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid_fraction"))
    var validFraction: String?
    @Option(parsing: .unconditional, help: Help.of("data.tokens")) var tokens: String?
    @Option(
      name: .customLong("vocab-size"), parsing: .unconditional,
      help: Help.of("data.vocabulary_size"))
    var vocabularySize: String?
    @Option(parsing: .unconditional, help: Help.of("data.min_count")) var minCount: String?
    @Option(parsing: .unconditional, help: Help.of("data.unknown")) var unknown: String?
    @Option(parsing: .unconditional, help: Help.of("data.cache")) var cache: String?

    func settings() -> Settings {
      var settings = Settings([
        ("data.condition", condition), ("data.valid", valid),
        ("data.valid_fraction", validFraction), ("data.tokens", tokens),
        ("data.vocabulary_size", vocabularySize), ("data.min_count", minCount),
        ("data.unknown", unknown), ("data.cache", cache),
      ])
      settings.add("data.text", text)
      return settings
    }
  }

  func run() throws {
    if stack.bidirectional == true {
      throw UserError.usage(
        "a language model cannot be --bidirectional: reading backward, it has seen the token it is "
          + "to predict", hint: "drop the option")
    }
    var settings = data.settings()
    try settings.add(stack.settings())
    settings.add([
      ("model.embedding", embedding), ("model.embedding_dropout", embeddingDropout),
      ("model.input_dropout", inputDropout), ("model.output_dropout", outputDropout),
      ("model.activation_penalty", activationPenalty),
      ("model.temporal_penalty", temporalPenalty), ("train.steps", steps),
      ("train.loss_scale", lossScale),
    ])
    settings.add("model.tie", tie)
    try settings.add(training.settings())
    if data.condition != nil {
      try refuse([
        ("--text", !data.text.isEmpty), ("--cache", data.cache != nil), ("--tie", tie != nil),
        ("--steps", steps != nil), ("--loss-scale", lossScale != nil),
        ("--unknown", data.unknown != nil),
      ])
      return try options.train(
        .conditionalText, settings, paths: ["data.condition", "data.valid"])
    }
    try options.train(.languageModel, settings, paths: ["data.text", "data.valid", "data.cache"])
  }

  /// Options of running text, beside `--condition`.
  private func refuse(_ options: [(name: String, isGiven: Bool)]) throws {
    guard let option = options.first(where: \.isGiven) else { return }
    throw UserError.usage(
      "\(option.name) is for running text, but --condition names texts that each have an end",
      hint: "drop one of them")
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp {
      .setting(key, in: LanguageModelSchema.standard)
    }
  }
}
