/// Every option of a job, in the tables of its TOML file. The order given here is the order in
/// which options are listed and written.
package struct ConfigurationSchema: Sendable {
  /// A TOML table of options.
  package struct Table: Sendable {
    package let name: String
    /// One line, without a full stop.
    package let help: String
    package let options: [ConfigurationOption]

    package init(_ name: String, _ help: String, _ options: [ConfigurationOption]) {
      self.name = name
      self.help = help
      self.options = options
    }
  }

  package let tables: [Table]
  /// `table.name` of every option, in order.
  package let keys: [String]
  private let options: [String: ConfigurationOption]

  /// Keys must differ, defaults must be values that a user could have given, and a default may
  /// follow only an option whose own default follows nothing.
  package init(_ tables: [Table]) {
    self.tables = tables
    let pairs = tables.flatMap { table in table.options.map { ("\(table.name).\($0.name)", $0) } }
    keys = pairs.map(\.0)
    options = Dictionary(pairs) { _, option in
      preconditionFailure("a second option called '\(option.name)'")
    }
    for (key, option) in pairs {
      switch option.default {
      case .value(let value):
        precondition(option.kind.accepts(value), "the default of '\(key)' is \(value)")
      case .following(let other, let values, let otherwise):
        guard case .value = options[other]?.default, case .choice(let names) = options[other]?.kind
        else { preconditionFailure("'\(key)' follows '\(other)', which is no plain choice") }
        precondition(
          values.keys.allSatisfy(names.contains), "'\(key)' follows values '\(other)' never has")
        precondition(
          (values.values + [otherwise]).allSatisfy(option.kind.accepts),
          "a default of '\(key)' is not \(option.kind)")
      }
    }
  }

  package func option(_ key: String) -> ConfigurationOption? { options[key] }

  /// The environment variable that sets an option: `UNROLL_MODEL_HIDDEN` for `model.hidden`.
  package static func environmentName(of key: String) -> String {
    "UNROLL_" + key.replacing(".", with: "_").uppercased()
  }

  /// The option most likely meant by a key that is none; nil if nothing is close.
  ///
  /// A key without a table is compared with the options' bare names.
  package func nearestKey(to typed: String) -> String? {
    // Longer than any option plus slack: not a typing mistake, and the distance would be slow.
    guard typed.unicodeScalars.count <= 64 else { return nil }
    let candidates = keys.map { key in
      let name = typed.contains(".") ? key : String(key.drop { $0 != "." }.dropFirst())
      return (key: key, distance: editDistance(typed, name), limit: max(1, name.count / 3))
    }
    let nearest = candidates.min { $0.distance < $1.distance }
    return nearest.flatMap { $0.distance <= $0.limit ? $0.key : nil }
  }
}

extension ConfigurationOption.Kind {
  /// Whether a value is one that the option can take.
  func accepts(_ value: ConfigurationValue) -> Bool {
    switch (self, value) {
    case (.integer(let range), .integer(let value)): range.contains(value)
    case (.number(let range), .number(let value)): range.contains(value)
    case (.boolean, .boolean), (.string, .string), (.strings, .strings): true
    case (.choice(let allowed), .string(let value)): allowed.contains(value)
    default: false
    }
  }
}
