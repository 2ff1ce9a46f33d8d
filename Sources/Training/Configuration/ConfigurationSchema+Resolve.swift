import Compute
import Foundation

/// One option set by hand, as text (`--set model.hidden=512`) or as a value.
package struct ConfigurationOverride: Sendable {
  package enum Input: Sendable {
    case text(String)
    case value(ConfigurationValue)
  }
  package let key: String
  package let input: Input

  package init(_ key: String, text: String) {
    self.key = key
    input = .text(text)
  }

  package init(_ key: String, _ value: ConfigurationValue) {
    self.key = key
    input = .value(value)
  }

  /// `key=value`, as it is typed after `--set`.
  package init(parsing argument: String) throws {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw UserError.usage(
        "expected key=value, found '\(argument)'", hint: "for example model.hidden=512")
    }
    self.init(
      argument[..<equals].trimmingCharacters(in: .whitespaces),
      text: argument[argument.index(after: equals)...].trimmingCharacters(in: .whitespaces))
  }
}

extension ConfigurationSchema {
  /// Settles every option. Later layers win: defaults, `presets`, `files` in order, `environment`
  /// (`UNROLL_TABLE_NAME`; variables that name no option are ignored), `overrides` in order.
  ///
  /// `presets` are defaults of a recipe: they yield to everything a user says elsewhere.
  ///
  /// A list in text is a TOML array if it begins with `[`, else a list of one. Throws
  /// `UserError.usage` for a file that is not TOML, an unknown key (naming the nearest known one),
  /// and a value of the wrong type or out of range, saying where it was set.
  package func resolve(
    presets: [ConfigurationOverride] = [], files: [URL] = [],
    environment: [String: String] = [:], overrides: [ConfigurationOverride] = []
  ) throws -> ResolvedConfiguration {
    var given: [String: ConfigurationValue] = [:]
    func take(_ layer: [ConfigurationOverride], from origin: String) throws {
      for entry in layer {
        let option = try known(entry.key, origin)
        switch entry.input {
        case .text(let text): given[entry.key] = try option.parse(text, entry.key, origin)
        case .value(let value): given[entry.key] = try option.check(value, entry.key, origin)
        }
      }
    }

    try take(presets, from: "in a preset")
    for file in files {
      for entry in try ConfigurationFile.read(file) {
        let origin = "in '\(file.relativePath)', line \(entry.line),"
        let option = try known(entry.key, origin)
        switch entry.found {
        case .value(let value): given[entry.key] = try option.check(value, entry.key, origin)
        case .other(let what): throw option.refuse(what, entry.key, origin)
        }
      }
    }
    for key in keys {
      let name = Self.environmentName(of: key)
      guard let text = environment[name] else { continue }
      try take([ConfigurationOverride(key, text: text)], from: "in the environment (\(name))")
    }
    try take(overrides, from: "on the command line")
    return ResolvedConfiguration(schema: self, given: given)
  }

  private func known(_ key: String, _ origin: String) throws -> ConfigurationOption {
    if let option = option(key) { return option }
    if tables.contains(where: { $0.name == key }) {
      throw UserError.usage("'\(key)' \(origin) must be a table of options")
    }
    let hint =
      nearestKey(to: key).map { "did you mean '\($0)'?" }
      ?? "the tables are " + tables.map(\.name).joined(separator: ", ")
    throw UserError.usage("'\(key)' \(origin) is not an option", hint: hint)
  }
}

extension ConfigurationOption {
  /// The value in the option's own type; whole numbers do where numbers are asked for.
  fileprivate func check(
    _ value: ConfigurationValue, _ key: String, _ origin: String
  ) throws -> ConfigurationValue {
    var value = value
    if case .number = kind, case .integer(let whole) = value { value = .number(Double(whole)) }
    guard kind.accepts(value) else { throw refuse(value.description, key, origin) }
    return value
  }

  fileprivate func parse(
    _ text: String, _ key: String, _ origin: String
  ) throws -> ConfigurationValue {
    let value: ConfigurationValue? =
      switch kind {
      case .integer: Int(text).map(ConfigurationValue.integer)
      case .number: Double(text).map(ConfigurationValue.number)
      case .boolean: Bool(text).map(ConfigurationValue.boolean)
      case .string, .choice: .string(text)
      case .strings where text.hasPrefix("["): ConfigurationFile.list(text).map { .strings($0) }
      case .strings: .strings([text])
      }
    guard let value else { throw refuse("'\(text)'", key, origin) }
    return try check(value, key, origin)
  }

  fileprivate func refuse(_ found: String, _ key: String, _ origin: String) -> UserError {
    .usage("\(key) \(origin) must be \(kind), found \(found)")
  }
}
