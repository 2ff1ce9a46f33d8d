import ArgumentParser
import Runs

/// The options of one table of a task's settings.
///
/// The argument parser finds a command's options as property wrappers in a `Mirror` of it, and hands
/// over what was typed through a `Decoder`. Both may be answered from a list just as well as from
/// stored properties: this type shows it a wrapper for every option of the schema. Parsing, help and
/// shell completions are then the parser's own.
struct TableOptions<Task: TrainableTask, Place: TablePlace>: ParsableArguments, CustomReflectable {
  private(set) var typed = TypedSettings()

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: OptionKey.self)
    for argument in Self.arguments { try typed.add(argument, from: container) }
  }

  var customMirror: Mirror {
    Mirror(self, children: Self.arguments.map { ($0.label, $0.wrapper) }, displayStyle: .struct)
  }

  private static var arguments: [OptionArgument] {
    let table = Task.schema.tables[Place.index]
    return OptionArgument.all(of: table, in: Task.self)
  }
}

/// What was typed, as settings.
struct TypedSettings {
  /// These yield to configuration files.
  private(set) var presets: [SettingsOverride] = []
  private(set) var overrides: [SettingsOverride] = []
  /// The shorthands, which say what they mean when everything has been parsed.
  private var shorthands: [(shorthand: SettingsShorthand, text: String)] = []

  fileprivate mutating func add(
    _ argument: OptionArgument, from container: KeyedDecodingContainer<OptionKey>
  ) throws {
    let key = OptionKey(argument.label)
    if let shorthand = argument.shorthand {
      let text = try container.decodeIfPresent(String.self, forKey: key)
      if let text { shorthands.append((shorthand, text)) }
      return
    }
    switch argument.option.kind {
    case .boolean:
      let flag = try container.decodeIfPresent(Bool.self, forKey: key)
      if let flag { overrides.append(.init(argument.option.key, .boolean(flag))) }
    case .strings:
      let list = try container.decodeIfPresent([String].self, forKey: key) ?? []
      if !list.isEmpty { overrides.append(.init(argument.option.key, .strings(list))) }
    case .integer, .number, .string, .choice, .period:
      let text = try container.decodeIfPresent(String.self, forKey: key)
      if let text { overrides.append(.init(argument.option.key, text: text)) }
    }
  }

  mutating func add(_ other: TypedSettings) {
    presets += other.presets
    overrides += other.overrides
    shorthands += other.shorthands
  }

  /// With the meanings of the shorthands, which yield to the options that are more exact. Throws
  /// `UserError.usage` for a shorthand's value that means nothing.
  func expanded() throws -> TypedSettings {
    let meanings = try shorthands.map { try $0.shorthand.expand($0.text) }
    var expanded = TypedSettings()
    expanded.presets = presets + meanings.flatMap(\.presets)
    expanded.overrides = meanings.flatMap(\.overrides) + overrides
    return expanded
  }
}

/// A name of the parser's decoder.
struct OptionKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}

/// Which table a type stands for. The parser knows groups of options by their types, so every table
/// needs one: `TableAfter<TableAfter<FirstTable>>` is the third.
protocol TablePlace { static var index: Int { get } }

enum FirstTable: TablePlace { static var index: Int { 0 } }

enum TableAfter<Before: TablePlace>: TablePlace {
  static var index: Int { Before.index + 1 }
}
