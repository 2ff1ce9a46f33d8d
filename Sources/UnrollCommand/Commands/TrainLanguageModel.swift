import ArgumentParser
import Foundation
import Unroll

struct TrainLanguageModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lm", abstract: "Trains a language model on text.",
    discussion: """
      Settings come from defaults, then --config files in order, then UNROLL_TABLE_NAME variables, \
      then the options below, later over earlier. The run folder keeps all of them in config.toml, \
      the metrics in metrics.jsonl, the best weights in model.safetensors (PyTorch's names) and the \
      last two checkpoints.
      """)

  @OptionGroup var options: LanguageModelOptions
  @Option(help: "Folder of the run.") var out: String?
  @Option(help: "Continue this run from its last checkpoint.") var resume: String?
  @Flag(help: "Replace the run that the folder holds.") var overwrite = false
  @Flag(name: .shortAndLong, help: "No progress on standard error.") var quiet = false
  @Flag(help: "Write the time by phase into metrics.jsonl.") var profile = false

  func run() throws {
    let files = options.config.map { URL(fileURLWithPath: $0) }
    let settings = try options.settings()
    let run: LanguageModelRun
    switch (out, resume) {
    case (let out?, nil):
      let configuration = try LanguageModelSchema.standard.resolve(
        presets: settings.presets, files: files,
        environment: ProcessInfo.processInfo.environment, overrides: settings.overrides
      ).withAbsolutePaths()
      try LanguageModelSchema.check(configuration)
      let folder = try RunFolder.plan(at: URL(fileURLWithPath: out), overwrite: overwrite)
      run = try LanguageModelRun(configuration, folder: folder)
    case (nil, let resume?):
      let folder = try RunFolder.open(at: URL(fileURLWithPath: resume))
      run = try LanguageModelRun(
        try LanguageModelRun.configuration(
          resuming: folder, files: files, overrides: settings.overrides), folder: folder)
    case (nil, nil):
      throw UserError.usage("no run folder", hint: "name one with --out RUN, or --resume RUN")
    case (.some, .some):
      throw UserError.usage(
        "--out and --resume name two run folders", hint: "--resume RUN alone continues RUN")
    }
    let display = TrainingDisplay(run.vocabulary.kind, isQuiet: quiet)
    if resume == nil { try run.begin(overwrite: overwrite) } else { try run.resume(display.show) }
    try display.open(run.folder.metrics, resumingAt: resume == nil ? nil : run.update)
    let signals = StopSignals()
    let end = try run.train(shouldStop: { signals.isStopRequested }, display.show)
    if profile { display.writeProfile(run.trainer.updater.phaseSeconds, update: run.update) }
    try display.finish(end, run)
    if end == .interrupted, let code = signals.exitCode { throw ExitCode(code) }
  }
}

extension ResolvedConfiguration {
  /// A run must find its text again from any working directory.
  fileprivate func withAbsolutePaths() throws -> ResolvedConfiguration {
    func absolute(_ path: String) -> String {
      path.isEmpty ? path : URL(fileURLWithPath: path).path
    }
    var overrides = schema.keys.map { ConfigurationOverride($0, self[$0]) }
    overrides.append(.init("data.text", .strings(strings("data.text").map(absolute))))
    for key in ["data.valid", "data.cache"] {
      overrides.append(.init(key, .string(absolute(string(key)))))
    }
    return try schema.resolve(overrides: overrides)
  }
}

/// The options of `train lm`: each is one key of the configuration.
struct LanguageModelOptions: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: "Configuration file in TOML; may be repeated, later over earlier.")
  var config: [String] = []
  @Option(
    name: .customLong("set"), help: "Any setting by its key: --set optimizer.beta2=0.98.")
  var set: [String] = []

  @Option(parsing: .upToNextOption, help: help("data.text")) var text: [String] = []
  @Option(parsing: .unconditional, help: help("data.valid")) var valid: String?
  @Option(parsing: .unconditional, help: help("data.valid_fraction")) var validFraction: String?
  @Option(parsing: .unconditional, help: help("data.tokens")) var tokens: String?
  @Option(
    name: .customLong("vocab-size"), parsing: .unconditional, help: help("data.vocabulary_size"))
  var vocabularySize: String?
  @Option(parsing: .unconditional, help: help("data.min_count")) var minCount: String?
  @Option(parsing: .unconditional, help: help("data.cache")) var cache: String?

  @Option(parsing: .unconditional, help: help("model.cell")) var cell: String?
  @Option(parsing: .unconditional, help: help("model.layers")) var layers: String?
  @Option(parsing: .unconditional, help: help("model.hidden")) var hidden: String?
  @Option(parsing: .unconditional, help: help("model.embedding")) var embedding: String?
  @Flag(inversion: .prefixedNo, help: help("model.tie")) var tie: Bool?
  @Option(parsing: .unconditional, help: help("model.dropout")) var dropout: String?
  @Option(name: .customLong("init"), parsing: .unconditional, help: help("model.init"))
  var initialization: String?
  @Option(parsing: .unconditional, help: help("model.forget_bias")) var forgetBias: String?

  @Option(parsing: .unconditional, help: help("train.batch")) var batch: String?
  @Option(parsing: .unconditional, help: help("train.steps")) var steps: String?
  @Option(parsing: .unconditional, help: help("train.epochs")) var epochs: String?
  @Option(parsing: .unconditional, help: help("train.updates")) var updates: String?
  @Option(parsing: .unconditional, help: help("train.threads")) var threads: String?
  @Option(parsing: .unconditional, help: help("train.precision")) var precision: String?
  @Option(parsing: .unconditional, help: help("train.seed")) var seed: String?
  @Option(parsing: .unconditional, help: help("train.eval_every")) var evalEvery: String?
  @Option(parsing: .unconditional, help: help("train.save_every")) var saveEvery: String?
  @Option(parsing: .unconditional, help: help("train.patience")) var patience: String?
  @Option(parsing: .unconditional, help: help("train.loss_scale")) var lossScale: String?

  @Option(parsing: .unconditional, help: help("optimizer.name")) var optimizer: String?
  @Option(parsing: .unconditional, help: help("optimizer.lr")) var lr: String?
  @Option(parsing: .unconditional, help: help("optimizer.momentum")) var momentum: String?
  @Option(parsing: .unconditional, help: help("optimizer.weight_decay")) var weightDecay: String?
  @Option(parsing: .unconditional, help: help("optimizer.clip_norm")) var clipNorm: String?
  @Option(parsing: .unconditional, help: help("optimizer.clip_value")) var clipValue: String?
  @Option(
    parsing: .unconditional,
    help: help("schedule.name", " With warm-up: warmup-cosine, warmup-constant, …"))
  var schedule: String?
  @Option(parsing: .unconditional, help: help("schedule.warmup")) var warmup: String?

  /// What was typed, as settings of keys; `presets` yield to configuration files.
  func settings() throws -> (
    presets: [ConfigurationOverride], overrides: [ConfigurationOverride]
  ) {
    var overrides: [ConfigurationOverride] = []
    if !text.isEmpty { overrides.append(.init("data.text", .strings(text))) }
    if let tie { overrides.append(.init("model.tie", .boolean(tie))) }
    let typed: [(String, String?)] = [
      ("data.valid", valid), ("data.valid_fraction", validFraction), ("data.tokens", tokens),
      ("data.vocabulary_size", vocabularySize), ("data.min_count", minCount),
      ("data.cache", cache), ("model.cell", cell), ("model.layers", layers),
      ("model.hidden", hidden), ("model.embedding", embedding), ("model.dropout", dropout),
      ("model.init", initialization), ("model.forget_bias", forgetBias),
      ("train.batch", batch), ("train.steps", steps), ("train.epochs", epochs),
      ("train.updates", updates), ("train.threads", threads), ("train.precision", precision),
      ("train.seed", seed), ("train.eval_every", evalEvery), ("train.save_every", saveEvery),
      ("train.patience", patience), ("train.loss_scale", lossScale),
      ("optimizer.name", optimizer), ("optimizer.lr", lr), ("optimizer.momentum", momentum),
      ("optimizer.weight_decay", weightDecay), ("optimizer.clip_norm", clipNorm),
      ("optimizer.clip_value", clipValue), ("schedule.warmup", warmup),
    ]
    overrides += typed.compactMap { key, value in
      value.map { ConfigurationOverride(key, text: $0) }
    }
    var presets: [ConfigurationOverride] = []
    if let schedule {
      let parsed = try LearningRateSchedule.parse(spelling: schedule)
      presets = parsed.presets
      overrides += parsed.overrides
    }
    overrides += try set.map { try ConfigurationOverride(parsing: $0) }
    return (presets, overrides)
  }

  /// The schema's own sentence, so that file and command line tell the same story.
  private static func help(_ key: String, _ more: String = "") -> ArgumentHelp {
    guard let option = LanguageModelSchema.standard.option(key) else {
      preconditionFailure("no option \(key)")
    }
    var text = option.help
    if case .choice(let allowed) = option.kind { text += ": " + allowed.joined(separator: ", ") }
    return ArgumentHelp("\(text) (\(key)).\(more)")
  }
}
