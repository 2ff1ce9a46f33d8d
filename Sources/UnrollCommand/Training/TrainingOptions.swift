import ArgumentParser
import Unroll

/// Options of the update loop, the optimizer and the schedule, the same in all jobs.
struct TrainingOptions: ParsableArguments, SettingsGroup {
  @Option(parsing: .unconditional, help: help("train.batch")) var batch: String?
  @Option(parsing: .unconditional, help: help("train.epochs")) var epochs: String?
  @Option(parsing: .unconditional, help: help("train.updates")) var updates: String?
  @Option(parsing: .unconditional, help: help("train.threads")) var threads: String?
  @Option(parsing: .unconditional, help: help("train.precision")) var precision: String?
  @Option(parsing: .unconditional, help: help("train.seed")) var seed: String?
  @Option(parsing: .unconditional, help: help("train.eval_every")) var evalEvery: String?
  @Option(parsing: .unconditional, help: help("train.save_every")) var saveEvery: String?
  @Option(parsing: .unconditional, help: help("train.patience")) var patience: String?

  @Option(parsing: .unconditional, help: help("optimizer.name")) var optimizer: String?
  @Option(parsing: .unconditional, help: help("optimizer.lr")) var lr: String?
  @Option(parsing: .unconditional, help: help("optimizer.momentum")) var momentum: String?
  @Option(parsing: .unconditional, help: help("optimizer.weight_decay")) var weightDecay: String?
  @Option(parsing: .unconditional, help: help("optimizer.clip_norm")) var clipNorm: String?
  @Option(parsing: .unconditional, help: help("optimizer.clip_value")) var clipValue: String?
  @Option(parsing: .unconditional, help: help("optimizer.average_after"))
  var averageAfter: String?
  @Option(
    parsing: .unconditional,
    help: help("schedule.name", " With warm-up: warmup-cosine, warmup-constant, …"))
  var schedule: String?
  @Option(parsing: .unconditional, help: help("schedule.warmup")) var warmup: String?

  func settings() throws -> Settings {
    var settings = Settings([
      ("train.batch", batch), ("train.epochs", epochs), ("train.updates", updates),
      ("train.threads", threads), ("train.precision", precision), ("train.seed", seed),
      ("train.eval_every", evalEvery), ("train.save_every", saveEvery),
      ("train.patience", patience), ("optimizer.name", optimizer), ("optimizer.lr", lr),
      ("optimizer.momentum", momentum), ("optimizer.weight_decay", weightDecay),
      ("optimizer.clip_norm", clipNorm), ("optimizer.clip_value", clipValue),
      ("optimizer.average_after", averageAfter),
      ("schedule.warmup", warmup),
    ])
    if let schedule {
      let parsed = try LearningRateSchedule.parse(spelling: schedule)
      settings.add(presets: parsed.presets, overrides: parsed.overrides)
    }
    return settings
  }

  private static func help(_ key: String, _ more: String = "") -> ArgumentHelp {
    .setting(key, in: LanguageModelSchema.standard, more)
  }
}
