import Compute

/// The table `schedule`: how the learning rate changes.
public struct ScheduleSettings: SettingsGroup {
  public static let about = "How the learning rate changes"

  package static var names: [String] { Schedules.names }

  @Setting(of: Self.names, option: "schedule", mayChange: true, "Shape of the decay")
  public var name = "constant"
  @Setting(mayChange: true, "Linear warm-up from 0")
  public var warmup = Period.updates(0)
  @Setting(
    in: .factor, option: "schedule-factor",
    following: ("schedule.name", ["exponential": Self.exponentialFactor]),
    mayChange: true, "What each decay multiplies by, for step, exponential and plateau")
  public var factor = 0.5
  @Setting(
    in: .positiveCount, option: "schedule-every", mayChange: true,
    "Epochs between decays, for step")
  public var every = 1
  @Setting(
    in: .count, option: "schedule-start", mayChange: true,
    "Epochs before the first decay, for step and exponential; 0: as 'every'")
  public var start = 0
  @Setting(
    in: .count, option: "schedule-patience", mayChange: true,
    "Validations without progress that plateau lets pass")
  public var patience = 2
  @Setting(
    in: .notNegative, option: "schedule-minimum", mayChange: true,
    "Learning rate that decay never goes below")
  public var minimum = 0.0

  private static let exponentialFactor = 0.97

  public init() {}

  public func checkNewRun() throws {
    let usual = ScheduleSettings()
    for (option, isOther, decays) in [
      (
        "--schedule-factor", ![usual.factor, Self.exponentialFactor].contains(factor),
        ["step", "exponential", "plateau"]
      ),
      ("--schedule-every", every != usual.every, ["step"]),
      ("--schedule-start", start != usual.start, ["step", "exponential"]),
      ("--schedule-patience", patience != usual.patience, ["plateau"]),
    ] where isOther && !decays.contains(name) && Schedules.readsKnownSettings(name) {
      throw UserError.usage(
        "\(option) is for \(decays.joined(separator: " and ")), but --schedule is '\(name)'",
        hint: "drop \(option), or add --schedule \(decays[0])")
    }
  }

  /// Throws `UserError.usage` if the minimum lies above the learning rate.
  public func check(rate: Double) throws {
    guard minimum <= rate else {
      throw UserError.usage(
        "schedule.minimum must be at most optimizer.lr, found \(minimum) and \(rate)")
    }
  }

  /// Warm-up of a schedule that is spelled `warmup-…` when nobody says how long, in updates.
  public static let customaryWarmup = 100

  /// `--schedule` takes the name of a decay, or `warmup-` and the name of a decay, which gives the
  /// warm-up its customary length unless a file or another option says how long.
  public static let shorthand = SettingsShorthand(
    "schedule", for: "schedule.name", "To begin with a warm-up: warmup-cosine and so on"
  ) { spelling in
    let prefix = "warmup-"
    let typed = spelling.lowercased()
    let isWarm = typed.hasPrefix(prefix)
    let name = isWarm ? String(typed.dropFirst(prefix.count)) : typed
    guard names.contains(name) else {
      let list = names.map { "'\($0)'" }.joined(separator: ", ")
      throw UserError.usage(
        "--schedule must be one of \(list), found '\(spelling)'",
        hint: "put 'warmup-' before the name to begin with a warm-up, as in 'warmup-cosine'")
    }
    return (
      isWarm ? [SettingsOverride("schedule.warmup", .integer(customaryWarmup))] : [],
      [SettingsOverride("schedule.name", .string(name))]
    )
  }
}
