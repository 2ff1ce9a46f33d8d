import Foundation
import Interchange
import Runs

/// The settings of a run for people: which of them are defaults, and the command that trains it again.
struct RunSettings {
  private let settings: ResolvedSettings
  private let taskCommand: TaskCommand
  private let decided: String

  init(_ settings: ResolvedSettings, of task: any TrainingTask.Type) {
    self.settings = settings
    decided = settings["train.monitor"].text
    // Several commands may train one task: the one whose own settings these are.
    taskCommand =
      task.commands.first { command in
        command.fixed.allSatisfy { fixed in
          if case .value(let value) = fixed.input { settings[fixed.key] == value } else { true }
        }
      } ?? TaskCommand(task.name)
  }

  /// `lm`, `adding`, …
  var call: String { taskCommand.name }

  /// The figure that was asked for to pick the best weights; else the page begins with the loss.
  var monitored: String { decided.isEmpty ? "loss" : decided }

  var threads: Int { if case .integer(let count) = settings["train.threads"] { count } else { 0 } }

  /// How far a training is, 0 … 1.
  func share(update: Int, epoch: Double) -> Double {
    guard case .integer(let updates) = settings["train.updates"],
      case .integer(let epochs) = settings["train.epochs"]
    else { return 0 }
    return min(
      1, updates > 0 ? Double(update) / Double(updates) : epoch / Double(max(1, epochs)))
  }

  private func isDefault(_ option: SettingsOption) -> Bool {
    switch option.default {
    case .value(let value): settings[option.key] == value
    case .following(let key, let values, let otherwise):
      settings[option.key] == values[settings[key].text] ?? otherwise
    }
  }

  private var options: [SettingsOption] {
    settings.schema.tables.filter { $0.name != "run" }.flatMap(\.options)
  }

  var json: JSONValue {
    .array(
      settings.schema.tables.filter { $0.name != "run" }.map { table in
        [
          "table": .string(table.name),
          "options": .array(
            table.options.map { option in
              [
                "key": .string(option.key), "value": .string(settings[option.key].text),
                "help": .string(option.help), "isDefault": .boolean(isDefault(option)),
              ]
            }),
        ]
      })
  }

  /// What trains the same run: every setting that is not a default, or would follow from the data.
  var command: String {
    let fixed = Set(taskCommand.fixed.map(\.key))
    // A default that somebody chose would be given up for what the data advise.
    let isAdvised = settings["train.defaults"].text == TrainingSettings.Defaults.data.rawValue
    let changed = options.filter {
      !fixed.contains($0.key) && (!isDefault($0) || isAdvised && $0.followsData)
    }
    let words = changed.map { option -> String in
      switch settings[option.key] {
      case .boolean(let flag): return flag ? "--\(option.spelling)" : "--no-\(option.spelling)"
      case .strings(let values):
        return (["--\(option.spelling)"] + values.map(Self.quoted)).joined(separator: " ")
      case let value: return "--\(option.spelling) \(Self.quoted(value.text))"
      }
    }
    return (["unroll train \(call)"] + words + ["--out NEW"]).joined(separator: " \\\n  ")
  }

  /// As a shell takes it for one word.
  private static func quoted(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=,@%+-".utf8)
    if !text.isEmpty, text.utf8.allSatisfy(plain.contains) { return text }
    let scalars = text.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }
    return "'" + scalars.joined() + "'"
  }
}

extension OptionValue {
  /// As people type it: no quotes.
  fileprivate var text: String {
    switch self {
    case .string(let text): text
    case .strings(let list): list.joined(separator: " ")
    case .number(let value): Int(exactly: value).map(String.init) ?? String(value)
    case .integer, .boolean: description
    }
  }
}
