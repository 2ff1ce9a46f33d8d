/// All settings of a task: a group for each table, in the order of its TOML file.
public protocol TaskSettings: Sendable {
  /// The defaults.
  init()

  var train: TrainingSettings { get set }
  var optimizer: OptimizerSettings { get set }
  var schedule: ScheduleSettings { get set }

  /// Options of the command line that stand for several settings.
  static var shorthands: [SettingsShorthand] { get }

  /// Checks what no group can check alone. Throws `UserError.usage`.
  func check() throws

  /// Refuses what would do nothing and no group can refuse alone, of a run that is to begin; one that has begun
  /// with it goes on. Throws `UserError.usage`.
  func checkNewRun() throws
}

extension TaskSettings {
  public static var shorthands: [SettingsShorthand] { [] }

  public func check() throws {}
  public func checkNewRun() throws {}

  /// Whether something that was asked for cannot be without data to validate on.
  package var goesByValidation: Bool { validationWish != nil }

  /// The first option that asks for validation.
  var validationWish: String? {
    [
      (train.patience > 0, "--patience \(train.patience)"),
      (!train.monitor.isEmpty, "--monitor \(train.monitor)"),
      (schedule.name == "plateau", "--schedule plateau"),
      (optimizer.averageAfter > 0, "--average-after \(optimizer.averageAfter)"),
    ].first { $0.0 }?.1
  }

  /// Checks every group, then what concerns several. Throws `UserError.usage`.
  package func checkAll() throws {
    for group in SettingsReflection.groups(of: self) { try group.check() }
    try schedule.check(rate: optimizer.lr)
    try check()
  }

  /// Refuses what would do nothing in any group, and in several. Throws `UserError.usage`.
  package func checkAllOfNewRun() throws {
    for group in SettingsReflection.groups(of: self) { try group.checkNewRun() }
    try checkNewRun()
  }
}

extension SettingsSchema {
  /// The schema of a task.
  ///
  /// - Parameter advised: keys whose values follow from the data where nobody gives them.
  package init<Settings: TaskSettings>(
    task: String, of type: Settings.Type = Settings.self, advised: Set<String> = []
  ) {
    self.init(
      task: task, reflecting: Settings(),
      shorthands: [ScheduleSettings.shorthand] + Settings.shorthands, advised: advised)
  }

  /// What a programmer set in typed settings, for `resolve(overrides:)`, which then checks it and
  /// settles the defaults that follow it.
  package func overrides<Settings: TaskSettings>(for settings: Settings) -> [SettingsOverride] {
    zip(SettingsReflection.tables(of: settings), SettingsReflection.tables(of: Settings()))
      .flatMap { zip($0.settings, $1.settings) }
      .compactMap { chosen, fresh in
        let (value, isNew) = (chosen.setting.optionValue, chosen.setting.isGiven)
        guard value != fresh.setting.optionValue || isNew && !fresh.setting.isGiven else {
          return nil
        }
        return SettingsOverride("\(chosen.table).\(chosen.name)", value)
      }
  }
}

extension ResolvedSettings {
  /// The values as the task's own struct, the one that the schema was made of.
  package func settings<Settings: TaskSettings>(
    as type: Settings.Type = Settings.self
  ) -> Settings {
    fill(Settings())
  }
}
