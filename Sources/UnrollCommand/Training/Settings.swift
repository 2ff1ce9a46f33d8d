import ArgumentParser
import Unroll

/// Options of the command line that are settings of keys.
protocol SettingsGroup {
  func settings() throws -> Settings
}

/// What was typed, as settings of keys.
struct Settings {
  /// These yield to configuration files.
  private(set) var presets: [ConfigurationOverride] = []
  private(set) var overrides: [ConfigurationOverride] = []

  init(_ typed: [(key: String, text: String?)] = []) { add(typed) }

  mutating func add(_ typed: [(key: String, text: String?)]) {
    overrides += typed.compactMap { key, text in
      text.map { ConfigurationOverride(key, text: $0) }
    }
  }

  mutating func add(_ key: String, _ list: [String]) {
    if !list.isEmpty { overrides.append(.init(key, .strings(list))) }
  }

  mutating func add(_ key: String, _ flag: Bool?) {
    if let flag { overrides.append(.init(key, .boolean(flag))) }
  }

  mutating func add(_ other: Settings) {
    presets += other.presets
    overrides += other.overrides
  }

  mutating func add(
    presets: [ConfigurationOverride] = [], overrides: [ConfigurationOverride]
  ) {
    self.presets += presets
    self.overrides += overrides
  }
}

extension ArgumentHelp {
  /// The schema's own sentence, so that file and command line tell the same story.
  static func setting(_ key: String, in schema: ConfigurationSchema, _ more: String = "") -> Self {
    guard let option = schema.option(key) else { preconditionFailure("no option \(key)") }
    var text = option.help
    if case .choice(let allowed) = option.kind { text += ": " + allowed.joined(separator: ", ") }
    return ArgumentHelp("\(text) (\(key)).\(more)")
  }
}
