import Compute
import Foundation
import Interchange
import Runs

/// A task as `unroll train` names it, with what a caller wants of its settings.
struct SettingsRequest {
  let task: any TrainingTask.Type
  private let command: TaskCommand
  private let members: [JSONValue.Member]

  /// - Parameter data: the file to train on, where the caller's settings name none.
  /// - Throws: a usage `UserError` for a name that no task has, and for settings that name one too.
  init(_ name: String, _ settings: UnsafePointer<CChar>?, data: URL? = nil) throws {
    let meanings = try Self.meanings(of: name)
    var members = try Self.members(settings)
    if let data {
      guard !members.contains(where: { ["data", "data.train"].contains($0.name) }) else {
        throw UserError.usage("the settings name data, beside those that were given")
      }
      members.append(.init("data", .string(data.path)))
    }
    self.members = members
    // Several tasks go by one name: the option that only one has says which is meant.
    let given = Set(members.map(\.name))
    let meaning =
      meanings.first { task, command in
        command.key.flatMap(task.schema.option).map { !given.isDisjoint(with: $0.names) } == true
      } ?? meanings.first { $0.command.key == nil } ?? meanings[0]
    (task, command) = meaning
  }

  /// The tasks that go by a name. Not empty.
  static func meanings(
    of name: String
  ) throws -> [(task: any TrainingTask.Type, command: TaskCommand)] {
    var meanings: [(task: any TrainingTask.Type, command: TaskCommand)] = []
    var names: [String] = []
    for task in TaskRegistry.tasks {
      for command in task.commands {
        if command.name == name { meanings.append((task, command)) }
        if !names.contains(command.name) { names.append(command.name) }
      }
    }
    guard !meanings.isEmpty else { throw TaskRegistry.unknown(name, among: names) }
    return meanings
  }

  static func members(_ settings: UnsafePointer<CChar>?) throws -> [JSONValue.Member] {
    guard let settings else { return [] }
    guard case .object(let members) = try JSONValue(from: settings, "the settings") else {
      throw UserError.usage("the settings must be a JSON object")
    }
    return members.filter { $0.value != .null }
  }

  /// The settings of a new run, with absolute paths.
  func resolved() throws -> ResolvedSettings {
    let schema = task.schema
    let chosen = try schema.chosen(members, of: command.name)
    return try schema.resolve(
      presets: chosen.presets, overrides: chosen.overrides + command.fixed, from: "in the settings"
    ).withAbsolutePaths
  }
}

extension SettingsSchema {
  /// What JSON says, by name or key, as settings. Throws a usage `UserError` for an unknown name, which
  /// names the nearest one that there is.
  func chosen(
    _ members: [JSONValue.Member], of task: String
  ) throws -> (presets: [SettingsOverride], overrides: [SettingsOverride]) {
    var presets: [SettingsOverride] = []
    var overrides: [SettingsOverride] = []
    for member in members {
      let name = member.name.replacing("_", with: "-")
      // A shorthand yields to the settings that are more exact.
      if let shorthand = shorthands.first(where: { $0.spelling == name }) {
        guard let text = member.value.string ?? member.value.integer.map(String.init) else {
          throw UserError.usage(
            "\(member.name) must be a string or a whole number, found \(member.value)")
        }
        let meaning = try shorthand.expand(text)
        presets += meaning.presets
        overrides = meaning.overrides + overrides
        continue
      }
      guard
        let option = keys.lazy.compactMap(option).first(where: { $0.names.contains(member.name) })
      else {
        throw UserError.usage(
          "'\(member.name)' is no setting of '\(task)'",
          hint: nearestKey(to: member.name).flatMap(option).map { "did you mean '\($0.names[0])'?" }
            ?? "the tables are " + tables.map(\.name).joined(separator: ", "))
      }
      overrides.append(try SettingsOverride(option, member.value))
    }
    return (presets, overrides)
  }
}

extension SettingsOption {
  /// What callers may call it: as an argument, as in files.
  var names: [String] { [spelling.replacing("-", with: "_"), key] }
}

extension SettingsOverride {
  /// Numbers do where texts are asked for, such as the number of a column for its name.
  fileprivate init(_ option: SettingsOption, _ value: JSONValue) throws {
    let takesText = option.kind == .string || option.kind == .strings
    switch value {
    case .boolean(let flag): self.init(option.key, .boolean(flag))
    case .integer(let number) where takesText: self.init(option.key, text: "\(number)")
    case .integer(let number): self.init(option.key, .integer(number))
    case .number(let number) where takesText: self.init(option.key, text: "\(number)")
    case .number(let number): self.init(option.key, .number(number))
    case .string(let string): self.init(option.key, .string(string))
    case .array(let items):
      self.init(option.key, .strings(items.map { $0.string ?? "\($0)" }))
    case .null, .object:
      throw UserError.usage("\(option.names[0]) must be \(option.kind), found \(value)")
    }
  }
}
