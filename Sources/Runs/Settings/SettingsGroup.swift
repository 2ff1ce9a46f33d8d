/// Settings that belong together: a table of the TOML file, or a part of one.
///
/// Every stored property is a `@Setting` or another group, whose settings are listed in its place.
/// An initialiser may have parameters, for defaults that differ from task to task
/// (`StackSettings(hidden: 128)`).
public protocol SettingsGroup: Sendable {
  /// What the table is about, as one line without a full stop; empty: nothing to add to its name.
  static var about: String { get }
  /// The table, if it is not called as the property that holds the group. Groups of the same name
  /// share a table, in the order of their properties.
  static var table: String? { get }

  /// Checks what no setting can check alone. Throws `UserError.usage`.
  func check() throws

  /// Refuses what would do nothing, of a run that is to begin; one that has begun with it goes on. Throws
  /// `UserError.usage`.
  func checkNewRun() throws
}

extension SettingsGroup {
  public static var about: String { "" }
  public static var table: String? { nil }

  public func check() throws {}
  public func checkNewRun() throws {}
}

/// An option of the command line that is no setting itself, but short for others.
public struct SettingsShorthand: Sendable {
  /// On the command line, without the two dashes.
  public let spelling: String
  /// The setting it is listed with.
  public let key: String
  /// One line, without a full stop.
  public let help: String
  /// What it means. Throws `UserError.usage`.
  public let expand: @Sendable (String) throws -> Meaning

  /// `presets` yield to configuration files, `overrides` do not.
  public typealias Meaning = (presets: [SettingsOverride], overrides: [SettingsOverride])

  public init(
    _ spelling: String, for key: String, _ help: String,
    expand: @escaping @Sendable (String) throws -> Meaning
  ) {
    self.spelling = spelling
    self.key = key
    self.help = help
    self.expand = expand
  }
}
