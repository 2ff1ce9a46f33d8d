/// One thing a user can choose: what it is called, which values make sense, what it is if nobody
/// says anything, and a line of help.
public struct SettingsOption: Sendable {
  public enum Kind: Sendable, Equatable {
    case integer(ClosedRange<Int>)
    case number(NumberRange)
    case boolean
    case string
    /// One of these strings.
    case choice([String])
    case strings
    /// See `Period`.
    case period
  }

  package enum Default: Sendable, Equatable {
    case value(OptionValue)
    /// Follows a choice: the value listed for what option `key` turns out to be, else `otherwise`.
    case following(key: String, [String: OptionValue], otherwise: OptionValue)
  }

  /// The table and the name inside it: `model.hidden`.
  package let key: String
  package let kind: Kind
  package let `default`: Default
  /// One line, without a full stop.
  package let help: String
  /// On the command line, without the two dashes.
  package let spelling: String
  package let isPath: Bool
  /// What it may say instead of a path.
  package let words: [String]
  /// Whether a continued run may change it.
  package let mayChange: Bool
  /// Whether weights depend on it. Paths do not count: what is read there does, and is known by its digest.
  package let changesResult: Bool
  /// What it is in runs that were begun before there was such an option; nil: the default.
  package var former: OptionValue?
  /// Whether the data say what it is where nobody does: `Advice`. The default is what it is without them.
  package var followsData = false

  /// The name inside its table.
  package var name: String { String(key.drop { $0 != "." }.dropFirst()) }
  package var table: String { String(key.prefix { $0 != "." }) }

  /// The environment variable that sets it: `UNROLL_MODEL_HIDDEN` for `model.hidden`.
  package var environmentName: String {
    "UNROLL_" + key.replacing(".", with: "_").uppercased()
  }
}

extension SettingsOption.Kind {
  /// Whether a value is one that the option can take.
  func accepts(_ value: OptionValue) -> Bool {
    switch (self, value) {
    case (.integer(let range), .integer(let value)): range.contains(value)
    case (.number(let range), .number(let value)): range.contains(value)
    case (.boolean, .boolean), (.string, .string), (.strings, .strings): true
    case (.choice(let allowed), .string(let value)): allowed.contains(value)
    case (.period, let value): Period(value) != nil
    default: false
    }
  }

  /// The value as the option takes it: whole numbers do where numbers are asked for, a string for a list
  /// of one, and choices in any case (`LSTM` for `lstm`).
  func adapt(_ value: OptionValue) -> OptionValue {
    switch (self, value) {
    case (.number, .integer(let whole)): .number(Double(whole))
    case (.strings, .string(let text)): .strings(text.isEmpty ? [] : [text])
    case (.period, .string): Period(value)?.optionValue ?? value
    case (.choice(let allowed), .string(let name)) where !allowed.contains(name):
      allowed.first { $0.lowercased() == name.lowercased() }.map(OptionValue.string) ?? value
    default: value
    }
  }
}

extension SettingsOption.Kind: CustomStringConvertible {
  /// What a value has to be, to follow "must be".
  public var description: String {
    switch self {
    case .integer(let range):
      range == .min ... .max
        ? "a whole number"
        : range.upperBound == .max
          ? "a whole number of at least \(range.lowerBound)"
          : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "a number \(range)"
    case .boolean: "true or false"
    case .string: "a string"
    case .choice(let allowed): "one of " + allowed.map { "'\($0)'" }.joined(separator: ", ")
    case .strings: "a list of strings"
    case .period: "a number of updates (500), epochs (0.5e) or tokens (10Mt)"
    }
  }
}
