import ArgumentParser
import Unroll

struct TrainTranscriber: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transcribe",
    abstract: "Trains a transcriber of speech, without alignments (CTC).",
    discussion: RunOptions.discussion)

  @OptionGroup(title: "Run") var options: RunOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Network") var stack: StackOptions
  @Option(parsing: .unconditional, help: Help.of("model.input_noise")) var inputNoise: String?
  @OptionGroup(title: "Training") var training: TrainingOptions

  struct DataOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("data.audio")) var audio: String?
    @Option(parsing: .unconditional, help: Help.of("data.transcripts")) var transcripts: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid_audio")) var validAudio: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid")) var valid: String?
    @Option(parsing: .unconditional, help: Help.of("data.valid_fraction"))
    var validFraction: String?
    @Option(parsing: .unconditional, help: Help.of("data.split_seed")) var splitSeed: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.partial")) var partial: Bool?
    @Option(parsing: .unconditional, help: Help.of("data.labels")) var labels: String?
    @Option(parsing: .unconditional, help: Help.of("data.alphabet")) var alphabet: String?
    @Flag(inversion: .prefixedNo, help: Help.of("data.lowercase")) var lowercase: Bool?

    func settings() -> Settings {
      var settings = Settings([
        ("data.audio", audio), ("data.transcripts", transcripts), ("data.valid_audio", validAudio),
        ("data.valid", valid), ("data.valid_fraction", validFraction),
        ("data.split_seed", splitSeed), ("data.labels", labels), ("data.alphabet", alphabet),
      ])
      settings.add("data.partial", partial)
      settings.add("data.lowercase", lowercase)
      return settings
    }
  }

  struct FeatureOptions: ParsableArguments, SettingsGroup {
    @Option(parsing: .unconditional, help: Help.of("features.kind")) var features: String?
    @Option(parsing: .unconditional, help: Help.of("features.filters")) var filters: String?
    @Option(parsing: .unconditional, help: Help.of("features.coefficients"))
    var coefficients: String?
    @Option(parsing: .unconditional, help: Help.of("features.deltas")) var deltas: String?
    @Option(parsing: .unconditional, help: Help.of("features.window_ms")) var windowMs: String?
    @Option(parsing: .unconditional, help: Help.of("features.shift_ms")) var shiftMs: String?
    @Flag(inversion: .prefixedNo, help: Help.of("features.normalize")) var normalize: Bool?
    @Option(parsing: .unconditional, help: Help.of("features.stack")) var stack: String?

    func settings() -> Settings {
      var settings = Settings([
        ("features.kind", features), ("features.filters", filters),
        ("features.coefficients", coefficients), ("features.deltas", deltas),
        ("features.window_ms", windowMs), ("features.shift_ms", shiftMs), ("features.stack", stack),
      ])
      settings.add("features.normalize", normalize)
      return settings
    }
  }

  func run() throws {
    var settings = data.settings()
    settings.add(features.settings())
    try settings.add(stack.settings())
    settings.add([("model.input_noise", inputNoise)])
    try settings.add(training.settings())
    try options.train(
      .transcription, settings,
      paths: ["data.audio", "data.transcripts", "data.valid_audio", "data.valid"])
  }

  enum Help {
    static func of(_ key: String) -> ArgumentHelp {
      .setting(key, in: TranscriptionSchema.standard)
    }
  }
}
