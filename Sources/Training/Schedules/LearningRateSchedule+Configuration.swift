import Compute

extension LearningRateSchedule {
  /// The schedule of the tables `optimizer` and `schedule` (see `CommonSchema`).
  ///
  /// Throws `UserError.usage` if the minimum lies above the rate.
  package init(_ configuration: ResolvedConfiguration) throws {
    let base = configuration.number("optimizer.lr")
    let minimum = configuration.number("schedule.minimum")
    guard minimum <= base else {
      throw UserError.usage(
        "schedule.minimum must be at most optimizer.lr, found \(minimum) and \(base)")
    }
    let factor = configuration.number("schedule.factor")
    let start = configuration.integer("schedule.start")
    let decay: Decay
    switch configuration.string("schedule.name") {
    case "constant": decay = .constant
    case "step":
      decay = .step(
        factor: factor, every: configuration.integer("schedule.every"), start: start)
    case "exponential": decay = .exponential(factor: factor, start: start)
    case "cosine": decay = .cosine
    case "linear": decay = .linear
    case "plateau":
      decay = .plateau(factor: factor, patience: configuration.integer("schedule.patience"))
    case let name: preconditionFailure("no schedule is called '\(name)'")
    }
    self.init(
      base: base, decay: decay, warmup: configuration.integer("schedule.warmup"),
      minimum: minimum)
  }

  /// Warm-up of a schedule that is spelled `warmup-…` when nobody says how long, in updates.
  package static let customaryWarmup = 100

  /// What `--schedule` means: the name of a decay, or `warmup-` and the name of a decay.
  ///
  /// `overrides` set the name. `presets` give a warm-up its customary length, unless a file or
  /// another option says how long (see `ConfigurationSchema.resolve`). Throws `UserError.usage`.
  package static func parse(
    spelling: String
  ) throws -> (presets: [ConfigurationOverride], overrides: [ConfigurationOverride]) {
    let prefix = "warmup-"
    let isWarm = spelling.hasPrefix(prefix)
    let name = isWarm ? String(spelling.dropFirst(prefix.count)) : spelling
    guard CommonSchema.schedules.contains(name) else {
      let names = CommonSchema.schedules.map { "'\($0)'" }.joined(separator: ", ")
      throw UserError.usage(
        "--schedule must be one of \(names), found '\(spelling)'",
        hint: "put 'warmup-' before the name to begin with a warm-up, as in 'warmup-cosine'")
    }
    return (
      isWarm ? [.init("schedule.warmup", .integer(customaryWarmup))] : [],
      [.init("schedule.name", .string(name))]
    )
  }
}
