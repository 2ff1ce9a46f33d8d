/// A value for every option of a schema.
///
/// Asking for a key the schema lacks, or for the wrong type, is a programmer's mistake.
package struct ResolvedConfiguration: Sendable {
  package let schema: ConfigurationSchema
  private let values: [String: ConfigurationValue]
  private let given: Set<String>

  /// `given` must hold values that the schema accepts; the others follow from the defaults.
  init(schema: ConfigurationSchema, given: [String: ConfigurationValue]) {
    var values = given
    for pass in ["plain", "following"] {
      for key in schema.keys where values[key] == nil {
        switch schema.option(key)?.default {
        case .value(let value): values[key] = value
        case .following(let other, let choices, let otherwise) where pass == "following":
          guard case .string(let choice) = values[other] else { continue }
          values[key] = choices[choice] ?? otherwise
        default: continue
        }
      }
    }
    self.schema = schema
    self.values = values
    self.given = Set(given.keys)
  }

  package subscript(key: String) -> ConfigurationValue {
    guard let value = values[key] else { preconditionFailure("there is no option '\(key)'") }
    return value
  }

  /// Whether anybody set the option: a preset, a file, the environment or the command line.
  package func isGiven(_ key: String) -> Bool { given.contains(key) }

  package func integer(_ key: String) -> Int {
    guard case .integer(let value) = self[key] else { wrongType(key) }
    return value
  }

  package func number(_ key: String) -> Double {
    guard case .number(let value) = self[key] else { wrongType(key) }
    return value
  }

  package func boolean(_ key: String) -> Bool {
    guard case .boolean(let value) = self[key] else { wrongType(key) }
    return value
  }

  /// A string or a choice.
  package func string(_ key: String) -> String {
    guard case .string(let value) = self[key] else { wrongType(key) }
    return value
  }

  package func strings(_ key: String) -> [String] {
    guard case .strings(let value) = self[key] else { wrongType(key) }
    return value
  }

  private func wrongType(_ key: String) -> Never {
    preconditionFailure("'\(key)' is \(self[key]), which is not what was asked for")
  }

  /// Every option as TOML, in the schema's order. `resolve(files:)` reads the same values back.
  package var toml: String {
    schema.tables.map { table in
      let lines = table.options.map { "\($0.name) = \(self["\(table.name).\($0.name)"])\n" }
      return "[\(table.name)]\n" + lines.joined()
    }.joined(separator: "\n")
  }

  /// An option that two configurations settle differently.
  package struct Difference: Equatable, Sendable {
    package let key: String
    package let ours: ConfigurationValue
    package let theirs: ConfigurationValue
  }

  /// Where this configuration and `other`, of the same schema, differ; in the schema's order.
  ///
  /// - Parameter tables: looks only there; every table if nil.
  package func differences(
    from other: ResolvedConfiguration, in tables: Set<String>? = nil
  ) -> [Difference] {
    precondition(schema.keys == other.schema.keys, "configurations of different schemas")
    return schema.keys.compactMap { key in
      if let tables, !tables.contains(String(key.prefix { $0 != "." })) { return nil }
      return self[key] == other[key]
        ? nil : Difference(key: key, ours: self[key], theirs: other[key])
    }
  }
}
