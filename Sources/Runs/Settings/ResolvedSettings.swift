import Compute
import Foundation

/// A value for every option of a schema.
package struct ResolvedSettings: Sendable {
  package let schema: SettingsSchema
  private let values: [String: OptionValue]
  /// Those that somebody or the data chose; the others follow from the defaults.
  private let chosen: [String: OptionValue]
  private let given: Set<String>
  /// The format that their run was begun in, see `SettingsFile.format`.
  package var format = SettingsFile.format.current

  /// `given` must hold values that the schema accepts; the others follow from the defaults.
  init(schema: SettingsSchema, given: [String: OptionValue]) {
    self.init(schema: schema, chosen: given, given: Set(given.keys))
  }

  private init(schema: SettingsSchema, chosen: [String: OptionValue], given: Set<String>) {
    var values = chosen
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
    self.chosen = chosen
    self.given = given
  }

  /// Asking for a key that the schema lacks is a programmer's mistake.
  package subscript(key: String) -> OptionValue {
    guard let value = values[key] else { preconditionFailure("there is no option '\(key)'") }
    return value
  }

  /// Whether anybody set the option: a preset, a file, the environment or the command line.
  package func isGiven(_ key: String) -> Bool { given.contains(key) }

  /// - Parameter fresh: just made; every setting must have a box that nobody else knows.
  package func fill<Settings>(_ fresh: Settings) -> Settings {
    for found in SettingsReflection.tables(of: fresh).flatMap(\.settings) {
      let key = "\(found.table).\(found.name)"
      found.setting.fill(self[key], isGiven: isGiven(key))
    }
    return fresh
  }

  /// Every option as TOML, in the schema's order. `resolve(files:)` reads the same values back.
  package var toml: String { toml { _ in true } }

  /// The options that weights depend on, as TOML: equal for all ways to come to the same weights.
  package var resultTOML: String { toml(where: \.changesResult) }

  private func toml(where isWritten: (SettingsOption) -> Bool) -> String {
    schema.tables.map { table in
      var lines = table.options.filter(isWritten).map { "\($0.name) = \(self[$0.key])\n" }
      // A run of 0.1 stays as it was written.
      if table.options.contains(where: { $0.key == SettingsSchema.taskKey }), format > 1 {
        lines.append("format = \(format)\n")
      }
      return "[\(table.name)]\n" + lines.joined()
    }.joined(separator: "\n")
  }

  /// With every path absolute: a run must find its data again from any working directory.
  package var withAbsolutePaths: ResolvedSettings {
    func absolute(_ path: String) -> String {
      path.isEmpty ? path : URL(fileURLWithPath: path).path
    }
    var chosen = chosen
    for key in schema.keys {
      guard let option = schema.option(key), option.isPath else { continue }
      switch self[key] {
      case .string(let word) where option.words.contains(word): continue
      case .string(let path) where !path.isEmpty: chosen[key] = .string(absolute(path))
      case .strings(let paths) where !paths.isEmpty:
        chosen[key] = .strings(paths.map(absolute))
      default: continue
      }
    }
    return choosing(chosen)
  }

  /// With `values` for options that neither somebody nor the data chose before.
  package func filled(with values: [SettingsOverride]) -> ResolvedSettings {
    choosing(
      values.reduce(into: chosen) { all, entry in
        guard case .value(let value) = entry.input, all[entry.key] == nil else { return }
        all[entry.key] = value
      })
  }

  /// With what a rule of an advice says of options that neither somebody nor the data chose before; and what
  /// that is, as a line to tell. Nil if it is nothing.
  package func filled(with rule: Advice.Rule) -> (settings: ResolvedSettings, line: String)? {
    let taken = rule.values.filter { chosen[$0.key] == nil }
    guard !taken.isEmpty else { return nil }
    var all = chosen
    for (key, value) in taken {
      guard let option = schema.option(key), option.followsData, option.kind.accepts(value) else {
        preconditionFailure("advice to set '\(key)' to \(value)")
      }
      all[key] = value
    }
    let list = taken.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
    return (choosing(all), "\(rule.reason): \(list)")
  }

  private func choosing(_ chosen: [String: OptionValue]) -> ResolvedSettings {
    var result = ResolvedSettings(schema: schema, chosen: chosen, given: given)
    result.format = format
    return result
  }

  /// With `values`, whatever was chosen before; they count as chosen by the data.
  func replacing(_ values: [SettingsOverride]) -> ResolvedSettings {
    choosing(
      values.reduce(into: self.values) { all, entry in
        if case .value(let value) = entry.input { all[entry.key] = value }
      })
  }

  /// What was given, and `others` in its place or beside it, settled anew.
  package func with(_ others: [SettingsOverride]) throws -> ResolvedSettings {
    try schema.resolve(
      overrides: schema.keys.filter(isGiven).map { SettingsOverride($0, self[$0]) } + others)
  }

  /// An option that two configurations settle differently.
  package struct Difference: Equatable, Sendable {
    package let key: String
    package let ours: OptionValue
    package let theirs: OptionValue
  }

  /// Where these settings and `other`, of the same schema, differ; in the schema's order.
  ///
  /// - Parameter tables: looks only there; every table if nil.
  package func differences(
    from other: ResolvedSettings, in tables: Set<String>? = nil
  ) -> [Difference] {
    precondition(schema.keys == other.schema.keys, "settings of different schemas")
    return schema.keys.compactMap { key in
      if let tables, !tables.contains(String(key.prefix { $0 != "." })) { return nil }
      return self[key] == other[key]
        ? nil : Difference(key: key, ours: self[key], theirs: other[key])
    }
  }
}
