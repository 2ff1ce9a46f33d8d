import ArgumentParser
import Foundation
import Runs

/// A setting, or a shorthand for several, as an option of the command line.
struct OptionArgument {
  /// Differs from all others of its table.
  let label: String
  let spelling: String
  /// The setting; for a shorthand the one it is listed with.
  let option: SettingsOption
  let shorthand: SettingsShorthand?

  /// The options of a table, in order, a shorthand in the place of the setting that is spelled alike.
  static func all(
    of table: SettingsSchema.Table, in task: (some TrainableTask).Type
  ) -> [OptionArgument] {
    let fixed = Set(task.fixed.map(\.key) + [SettingsSchema.taskKey])
    // The alternative's own are in the same table, so that typing one of them says what is meant.
    let others = task.alternative?.schema.tables.first { $0.name == table.name }?.options ?? []
    let options = table.options + others.filter { task.schema.option($0.key) == nil }
    return options.filter { !fixed.contains($0.key) }.flatMap { option in
      let shorthands = task.schema.shorthands.filter { $0.key == option.key }
      return [
        OptionArgument(
          label: option.name, spelling: option.spelling, option: option,
          shorthand: shorthands.first { $0.spelling == option.spelling })
      ]
        + shorthands.filter { $0.spelling != option.spelling }.map {
          OptionArgument(
            label: "shorthand-" + $0.spelling, spelling: $0.spelling, option: option,
            shorthand: $0)
        }
    }
  }

  /// Whether the option is a setting's own, not only short for some.
  var isSetting: Bool { spelling == option.spelling }

  /// The property wrapper that the parser knows the option by.
  var wrapper: Any {
    let name = NameSpecification.customLong(spelling)
    let help = ArgumentHelp(helpText, valueName: valueName)
    switch option.kind {
    case .boolean where isSetting:
      return Flag<Bool?>(name: name, inversion: .prefixedNo, help: help)
    case .strings where isSetting:
      return Option<[String]>(
        wrappedValue: [], name: name, parsing: .upToNextOption, help: help, completion: completion)
    default:
      // A value may begin with a dash: --output-dropout -1.
      return Option<String?>(
        name: name, parsing: .unconditional, help: help, completion: completion)
    }
  }

  private var completion: CompletionKind? {
    if option.isPath { return .file() }
    if case .choice(let names) = option.kind { return .list(names) }
    return nil
  }

  private var valueName: String {
    if option.isPath { return "path" }
    return switch option.kind {
    case .integer: "n"
    case .period: "period"
    case .number: "x"
    case .choice: "name"
    case .string, .strings: "text"
    case .boolean: "flag"
    }
  }

  /// `What a token is (data.tokens). (values: char, word; default: char)`
  private var helpText: String {
    guard isSetting else { return (shorthand?.help ?? "") + "." }
    var values: [String] = []
    if case .choice(let names) = option.kind {
      values.append("values: " + names.joined(separator: ", "))
    }
    if let text = option.shownDefault { values.append("default: " + text) }
    let more = shorthand.map { " " + $0.help + "." } ?? ""
    return "\(option.help) (\(option.key)).\(more)"
      + (values.isEmpty ? "" : " (\(values.joined(separator: "; ")))")
  }
}

extension SettingsOption {
  /// What the option is where nobody says anything, as help shows it; nil if that is nothing.
  var shownDefault: String? {
    guard followsData else { return defaultText }
    return "by the data" + (defaultText.map { ", or \($0)" } ?? "")
  }

  /// The default as a user would type it, with the choices that have another; nil if it is empty.
  var defaultText: String? {
    switch self.default {
    case .value(let value): return Self.typed(value, spelling)
    case .following(_, let values, let otherwise):
      let others = values.sorted { $0.key < $1.key }
        .filter { $0.value != otherwise }
        .compactMap { choice, value in
          Self.typed(value, spelling).map { "\($0) for \(choice)" }
        }
      return ([Self.typed(otherwise, spelling) ?? "none"] + others).joined(separator: ", ")
    }
  }

  private static func typed(_ value: OptionValue, _ spelling: String) -> String? {
    switch value {
    case .boolean(let flag): flag ? "--\(spelling)" : "--no-\(spelling)"
    case .string(let text): text.isEmpty ? nil : text
    case .strings(let list): list.isEmpty ? nil : list.joined(separator: " ")
    case .number(let number):
      number == number.rounded() && abs(number) < 1e9 ? String(Int(number)) : String(number)
    case .integer: value.description
    }
  }
}
