import Compute
import Foundation

extension SettingsSchema {
  /// Settles every option. Later layers win: defaults, `presets`, `files` in order, `environment`
  /// (`UNROLL_TABLE_NAME`; variables that name no option are ignored), `overrides` in order.
  ///
  /// `presets` are defaults of a recipe: they yield to everything a user says elsewhere.
  ///
  /// A list in text is a TOML array if it begins with `[`, else a list of one. Throws
  /// `UserError.usage` for a file that is not TOML, an unknown key (naming the nearest known one),
  /// and a value of the wrong type or out of range, saying where it was set.
  ///
  /// - Parameter place: of `overrides`, for messages.
  package func resolve(
    presets: [SettingsOverride] = [], files: [URL] = [],
    environment: [String: String] = [:], overrides: [SettingsOverride] = [],
    from place: String = "on the command line"
  ) throws -> ResolvedSettings {
    var given: [String: OptionValue] = [:]
    func take(_ layer: [SettingsOverride], from origin: String) throws {
      for entry in layer {
        let option = try known(entry.key, origin)
        switch entry.input {
        case .text(let text):
          do {
            given[entry.key] = try option.parse(text, origin)
          } catch let error as UserError {
            throw taker(of: text).map { .usage(error.message, hint: $0) } ?? error
          }
        case .value(let value): given[entry.key] = try option.check(value, origin)
        }
      }
    }

    try take(presets, from: "in a preset")
    for file in files {
      for entry in try SettingsFile.read(file) where entry.key != Self.formatKey {
        let origin = "in '\(file.relativePath)', line \(entry.line),"
        let option = try known(entry.key, origin)
        switch entry.found {
        case .value(let value): given[entry.key] = try option.check(value, origin)
        case .other(let what): throw option.refuse(what, origin)
        }
      }
    }
    for option in tables.flatMap(\.options) {
      let name = option.environmentName
      guard let text = environment[name] else { continue }
      try take([SettingsOverride(option.key, text: text)], from: "in the environment (\(name))")
    }
    try take(overrides, from: place)
    return ResolvedSettings(schema: self, given: given)
  }

  /// Which option takes what another one refused, as `--hidden LSTM`; nil if none or several do.
  private func taker(of text: String) -> String? {
    let takers = tables.flatMap(\.options).compactMap { option -> String? in
      guard case .choice(let words) = option.kind,
        let word = words.first(where: { $0.lowercased() == text.lowercased() })
      else { return nil }
      return "--\(option.spelling) takes '\(word)'"
    }
    return takers.count == 1 ? takers[0] : nil
  }

  private func known(_ key: String, _ origin: String) throws -> SettingsOption {
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

extension SettingsOption {
  fileprivate func check(_ value: OptionValue, _ origin: String) throws -> OptionValue {
    let adapted = kind.adapt(value)
    guard kind.accepts(adapted) else { throw refuse(adapted.description, origin) }
    return adapted
  }

  fileprivate func parse(_ text: String, _ origin: String) throws -> OptionValue {
    let value: OptionValue? =
      switch kind {
      case .integer: (Int(text) ?? Self.powerOfTwo(text)).map(OptionValue.integer)
      case .number: Self.decimal(text).map(OptionValue.number)
      case .boolean: Bool(text).map(OptionValue.boolean)
      case .string, .choice, .period: .string(text)
      case .strings where text.hasPrefix("["): SettingsFile.list(text).map { .strings($0) }
      case .strings: .strings(text.isEmpty ? [] : [text])
      }
    guard let value else { throw refuse("'\(text)'", origin) }
    return try check(value, origin)
  }

  /// Nil for hexadecimal numbers, which Swift reads too, as 0x1p-3: whole numbers are not written so either.
  private static func decimal(_ text: String) -> Double? {
    text.lowercased().contains("x") ? nil : Double(text)
  }

  /// `2^20`, as sizes are spelt.
  private static func powerOfTwo(_ text: String) -> Int? {
    guard text.hasPrefix("2^"), let exponent = Int(text.dropFirst(2)) else { return nil }
    return 0..<Int.bitWidth - 1 ~= exponent ? 1 << exponent : nil
  }

  fileprivate func refuse(_ found: String, _ origin: String) -> UserError {
    .usage(
      "\(key) \(origin) must be \(kind), found \(found)",
      hint: key == SettingsSchema.taskKey
        ? "these are the settings of another task: name a file of this one's" : nil)
  }
}
