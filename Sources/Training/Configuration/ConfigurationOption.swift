/// One thing a user can choose: what it is called, which values make sense, what it is if nobody
/// says anything, and a line of help.
package struct ConfigurationOption: Sendable {
  package enum Kind: Sendable, Equatable {
    case integer(ClosedRange<Int>)
    case number(NumberRange)
    case boolean
    case string
    /// One of these strings.
    case choice([String])
    case strings
  }

  package enum Default: Sendable, Equatable {
    case value(ConfigurationValue)
    /// Follows a choice: the value listed for what option `key` turns out to be, else `otherwise`.
    case following(
      key: String, [String: ConfigurationValue], otherwise: ConfigurationValue)
  }

  /// The name inside its table.
  package let name: String
  package let kind: Kind
  package let `default`: Default
  /// One line, without a full stop.
  package let help: String

  package init(_ name: String, _ kind: Kind, default: Default, help: String) {
    self.name = name
    self.kind = kind
    self.default = `default`
    self.help = help
  }

  package static func integer(
    _ name: String, _ value: Int, in range: ClosedRange<Int>, _ help: String
  ) -> Self { Self(name, .integer(range), default: .value(.integer(value)), help: help) }

  package static func number(
    _ name: String, _ value: Double, in range: NumberRange, _ help: String
  ) -> Self { Self(name, .number(range), default: .value(.number(value)), help: help) }

  package static func boolean(_ name: String, _ value: Bool, _ help: String) -> Self {
    Self(name, .boolean, default: .value(.boolean(value)), help: help)
  }

  package static func string(_ name: String, _ value: String, _ help: String) -> Self {
    Self(name, .string, default: .value(.string(value)), help: help)
  }

  package static func choice(
    _ name: String, _ value: String, of allowed: [String], _ help: String
  ) -> Self { Self(name, .choice(allowed), default: .value(.string(value)), help: help) }

  package static func strings(_ name: String, _ value: [String], _ help: String) -> Self {
    Self(name, .strings, default: .value(.strings(value)), help: help)
  }
}

/// Finite numbers between two bounds, each of which belongs to the range or not.
package struct NumberRange: Sendable, Equatable {
  package let lower: Double, upper: Double
  package let includesLower: Bool, includesUpper: Bool

  /// Above 0.
  package static let positive = Self(lower: 0, upper: .infinity, includesLower: false)
  /// 0 or above.
  package static let notNegative = Self(lower: 0, upper: .infinity)
  /// From 0 to below 1: a share that leaves something.
  package static let fraction = Self(lower: 0, upper: 1, includesUpper: false)
  /// Above 0, at most 1.
  package static let factor = Self(lower: 0, upper: 1, includesLower: false)

  package init(
    lower: Double, upper: Double, includesLower: Bool = true, includesUpper: Bool = true
  ) {
    precondition(lower <= upper, "a range from \(lower) to \(upper)")
    self.lower = lower
    self.upper = upper
    self.includesLower = includesLower
    self.includesUpper = includesUpper
  }

  /// False for NaN and the infinities, whatever the bounds.
  package func contains(_ value: Double) -> Bool {
    value.isFinite
      && (includesLower ? value >= lower : value > lower)
      && (includesUpper ? value <= upper : value < upper)
  }
}

extension ConfigurationOption.Kind: CustomStringConvertible {
  /// What a value has to be, to follow "must be".
  package var description: String {
    switch self {
    case .integer(let range):
      range.upperBound == .max
        ? "a whole number of at least \(range.lowerBound)"
        : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "a number \(range)"
    case .boolean: "true or false"
    case .string: "a string"
    case .choice(let allowed): "one of " + allowed.map { "'\($0)'" }.joined(separator: ", ")
    case .strings: "a list of strings"
    }
  }
}

extension NumberRange: CustomStringConvertible {
  package var description: String {
    func text(_ bound: Double) -> String {
      bound == bound.rounded() && abs(bound) < 1e9 ? String(Int(bound)) : String(bound)
    }
    let from = (includesLower ? "of at least " : "above ") + text(lower)
    let to = (includesUpper ? "at most " : "below ") + text(upper)
    switch (lower.isFinite, upper.isFinite) {
    case (true, true): return "\(from) and \(to)"
    case (true, false): return from
    case (false, true): return to
    case (false, false): return "that is finite"
    }
  }
}
