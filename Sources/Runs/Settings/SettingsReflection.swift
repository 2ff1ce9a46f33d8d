/// Finds groups and settings in the stored properties of a struct.
package enum SettingsReflection {
  /// A setting and where it was found.
  struct Found {
    let table: String
    let name: String
    let setting: any AnySetting
  }

  /// A group that is a table, or a part of one.
  struct Table {
    let name: String
    let about: String
    let settings: [Found]
  }

  /// The tables of a struct whose stored properties are groups, those of the same name as one.
  static func tables(of settings: Any) -> [Table] {
    var tables: [Table] = []
    for (name, value) in Mirror(reflecting: settings).children {
      guard let group = value as? any SettingsGroup, let name else {
        preconditionFailure("'\(name ?? "?")' of \(type(of: settings)) is no group of settings")
      }
      let table = type(of: group).table ?? snakeCase(name)
      let found = self.settings(of: group, table: table)
      if let place = tables.firstIndex(where: { $0.name == table }) {
        let first = tables[place]
        tables[place] = Table(
          name: table, about: first.about.isEmpty ? type(of: group).about : first.about,
          settings: first.settings + found)
      } else {
        tables.append(Table(name: table, about: type(of: group).about, settings: found))
      }
    }
    return tables
  }

  /// All groups, those inside others too.
  static func groups(of settings: Any) -> [any SettingsGroup] {
    Mirror(reflecting: settings).children.flatMap { child -> [any SettingsGroup] in
      guard let group = child.value as? any SettingsGroup else { return [] }
      return [group] + groups(of: group)
    }
  }

  private static func settings(of group: any SettingsGroup, table: String) -> [Found] {
    Mirror(reflecting: group).children.flatMap { child -> [Found] in
      if let inner = child.value as? any SettingsGroup {
        return settings(of: inner, table: table)
      }
      guard let setting = child.value as? any AnySetting, let label = child.label else {
        preconditionFailure(
          "'\(child.label ?? "?")' of \(type(of: group)) is neither a @Setting nor a group")
      }
      guard setting.declaration.isOffered else { return [] }
      // A wrapper is stored as the property's name after an underscore.
      let name = setting.declaration.key ?? snakeCase(String(label.dropFirst()))
      return [Found(table: table, name: name, setting: setting)]
    }
  }

  /// `valid_fraction` for `validFraction`.
  package static func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { text, letter in
      text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
    }
  }
}
