/// Every option of a task, in the tables of its TOML file, as found in its settings. The order of
/// the properties is the order in which options are listed and written.
package struct SettingsSchema: Sendable {
  /// A TOML table of options.
  package struct Table: Sendable {
    package let name: String
    /// One line, without a full stop; empty if the name says it all.
    package let about: String
    package let options: [SettingsOption]
  }

  /// Names the task in every file of settings: a file of another task is refused.
  package static let taskKey = "run.task"
  /// The format that a run was begun in: in files only, and nothing to choose.
  package static let formatKey = "run.format"

  package let tables: [Table]
  package let shorthands: [SettingsShorthand]
  /// `table.name` of every option, in order.
  package let keys: [String]
  private let options: [String: SettingsOption]

  /// - Parameters:
  ///   - task: value of `run.task`, whose table comes first; nil: there is none.
  ///   - settings: a struct of groups, freshly made: its values are the defaults.
  ///   - advised: keys whose values follow from the data where nobody gives them.
  ///
  /// Keys must differ, defaults must be values that a user could have given, and a default may
  /// follow only a choice whose own default follows nothing.
  package init(
    task: String?, reflecting settings: Any, shorthands: [SettingsShorthand] = [],
    advised: Set<String> = []
  ) {
    let run = task.map { name in
      Table(name: "run", about: "What the run does", options: [.task(name)])
    }
    tables =
      (run.map { [$0] } ?? [])
      + SettingsReflection.tables(of: settings).map { table in
        Table(
          name: table.name, about: table.about,
          options: table.settings.map { found in
            var option = SettingsOption(found)
            option.followsData = advised.contains(option.key)
            return option
          })
      }
    self.shorthands = shorthands
    let all = tables.flatMap(\.options)
    keys = all.map(\.key)
    options = Dictionary(all.map { ($0.key, $0) }) { _, option in
      preconditionFailure("a second option called '\(option.key)'")
    }
    precondition(advised.isSubset(of: keys), "advice for no option: \(advised.subtracting(keys))")
    checkDefaults()
    checkSpellings()
  }

  package func option(_ key: String) -> SettingsOption? { options[key] }

  /// Keys that a continued run may change.
  package var changeableKeys: Set<String> { Set(keys.filter { options[$0]?.mayChange == true }) }

  /// What runs mean that were begun before there were such options: presets of their configuration.
  package var formerValues: [SettingsOverride] {
    keys.compactMap { key in
      options[key]?.former.map { SettingsOverride(key, $0) }
    }
  }

  /// The option most likely meant by a key that is none; nil if nothing is close.
  ///
  /// A key without a table is compared with the options' bare names.
  package func nearestKey(to typed: String) -> String? {
    let names = keys.map { key in
      typed.contains(".") ? key : String(key.drop { $0 != "." }.dropFirst())
    }
    return nearest(to: typed, among: names).map { keys[$0] }
  }

  private func checkDefaults() {
    for (key, option) in options {
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

  private func checkSpellings() {
    let spellings = Dictionary(grouping: options.values, by: \.spelling)
    for (spelling, options) in spellings where options.count > 1 {
      let keys = options.map(\.key).sorted().joined(separator: " and ")
      preconditionFailure("--\(spelling) would set \(keys)")
    }
    for shorthand in shorthands {
      precondition(options[shorthand.key] != nil, "--\(shorthand.spelling) is for no option")
    }
  }
}

extension SettingsOption {
  fileprivate init(_ found: SettingsReflection.Found) {
    let declaration = found.setting.declaration
    let value = found.setting.optionValue
    self.init(
      key: "\(found.table).\(found.name)", kind: declaration.kind(),
      default: declaration.following.map {
        .following(key: $0.key, $0.values, otherwise: value)
      } ?? .value(value),
      help: declaration.help,
      spelling: declaration.option ?? found.name.replacing("_", with: "-"),
      isPath: declaration.isPath, words: declaration.words, mayChange: declaration.mayChange,
      changesResult: declaration.changesResult && !declaration.isPath, former: declaration.former)
  }

  fileprivate static func task(_ name: String) -> Self {
    Self(
      key: SettingsSchema.taskKey, kind: .choice([name]), default: .value(.string(name)),
      help: "What is trained", spelling: SettingsSchema.taskKey, isPath: false, words: [],
      mayChange: false, changesResult: true)
  }
}
