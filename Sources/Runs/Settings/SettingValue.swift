/// A type that a setting can have.
///
/// Strings that are one of a few are an `enum` of raw strings: conform it and the compiler knows
/// every value. Where the few are found at run time (a registry), use `String` and `of:`.
public protocol SettingValue: Equatable, Sendable {
  /// What the type takes if its setting says nothing narrower.
  static var kind: SettingsOption.Kind { get }

  /// Nil if the value is of another type.
  init?(_ value: OptionValue)
  var optionValue: OptionValue { get }
}

extension Int: SettingValue {
  public static var kind: SettingsOption.Kind { .integer(.min ... .max) }

  public init?(_ value: OptionValue) {
    guard case .integer(let value) = value else { return nil }
    self = value
  }

  public var optionValue: OptionValue { .integer(self) }
}

extension Double: SettingValue {
  public static var kind: SettingsOption.Kind {
    .number(NumberRange(lower: -.infinity, upper: .infinity))
  }

  public init?(_ value: OptionValue) {
    guard case .number(let value) = value else { return nil }
    self = value
  }

  public var optionValue: OptionValue { .number(self) }
}

extension Bool: SettingValue {
  public static var kind: SettingsOption.Kind { .boolean }

  public init?(_ value: OptionValue) {
    guard case .boolean(let value) = value else { return nil }
    self = value
  }

  public var optionValue: OptionValue { .boolean(self) }
}

extension String: SettingValue {
  public static var kind: SettingsOption.Kind { .string }

  public init?(_ value: OptionValue) {
    guard case .string(let value) = value else { return nil }
    self = value
  }

  public var optionValue: OptionValue { .string(self) }
}

extension [String]: SettingValue {
  public static var kind: SettingsOption.Kind { .strings }

  public init?(_ value: OptionValue) {
    guard case .strings(let value) = value else { return nil }
    self = value
  }

  public var optionValue: OptionValue { .strings(self) }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  public static var kind: SettingsOption.Kind { .choice(allCases.map(\.rawValue)) }

  public init?(_ value: OptionValue) {
    guard case .string(let name) = value else { return nil }
    self.init(rawValue: name)
  }

  public var optionValue: OptionValue { .string(rawValue) }
}
