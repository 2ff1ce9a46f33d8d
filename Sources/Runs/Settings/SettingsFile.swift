import Compute
import Foundation
import Interchange

/// What a TOML file says, before anybody asks whether it makes sense.
package enum SettingsFile {
  /// A leaf of the file's tables.
  package struct Entry {
    /// Names with dots between them.
    package let key: String
    package let found: Found
    package let line: Int
  }

  /// A value as it was found; `other` is one that no option takes, in words.
  package enum Found: Equatable {
    case value(OptionValue)
    case other(String)
  }

  /// Far more than a hand could type; stops a mistaken path to a corpus from being parsed.
  static let longest = 1 << 20

  /// Of settings as a whole: what their values mean to a run, and how it goes on with them.
  ///
  /// | format | |
  /// |---|---|
  /// | 1 | as 0.1 wrote it, and as hands write it, who say no number |
  /// | 2 | 0.2: `plateau` knows in which direction a figure is better |
  package static let format = FileFormat(2)

  /// The leaves of the file's tables, in its order.
  ///
  /// Throws `UserError.usage` naming the file, and the line where it is not TOML; a `UserError` if its
  /// format is newer than this version knows.
  package static func read(_ url: URL) throws -> [Entry] {
    try entries(in: text(of: url), of: url)
  }

  /// The same of the text of a file.
  static func entries(in text: String, of url: URL) throws -> [Entry] {
    let root: TOMLValue
    do throws(TOMLError) {
      root = try TOMLValue(parsing: text)
    } catch {
      throw UserError.usage(
        "'\(url.relativePath)' is not TOML, line \(error.line): \(error.reason)",
        hint: "mend that line: a '[table]', or 'name = value' with texts in double quotes")
    }
    guard case .table(let members) = root else { return [] }
    let entries = leaves(of: members, prefix: "")
    try format.check(format(in: entries), of: url)
    return entries
  }

  /// The format that the settings in a file say they have; nil: none.
  package static func format(in entries: [Entry]) -> Int? {
    guard let entry = entries.first(where: { $0.key == SettingsSchema.formatKey }) else {
      return nil
    }
    // What is no number is a format that nobody knows.
    guard case .value(.integer(let number)) = entry.found else { return 0 }
    return number
  }

  /// The strings of a TOML array, as it is typed on a command line; nil if it is none.
  package static func list(_ text: String) -> [String]? {
    guard case .table(let members) = try? TOMLValue(parsing: "list = " + text),
      members.count == 1, case .value(.strings(let list)) = found(members[0].value)
    else { return nil }
    return list
  }

  private static func text(of url: URL) throws -> String {
    let bytes: [UInt8]
    do {
      let file = try RegularFile(url)
      guard file.count <= longest else {
        throw UserError.usage(
          "the configuration '\(url.relativePath)' has more than \(longest) bytes",
          hint: "name a TOML file, not the text to train on")
      }
      bytes = try file.bytes(0..<file.count)
    } catch let error as UserError where [ENOENT, EISDIR].contains(error.systemCode) {
      let code = error.systemCode ?? ENOENT
      throw UserError.usage(
        "cannot read the configuration '\(url.relativePath)': \(SystemError(code: code))",
        hint: code == EISDIR
          ? "name a TOML file, such as the config.toml of a run"
          : "check the path; every folder in it has to exist")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UserError.usage("the configuration '\(url.relativePath)' is not UTF-8 text")
    }
    return text
  }

  private static func leaves(of members: [TOMLValue.Member], prefix: String) -> [Entry] {
    members.flatMap { member -> [Entry] in
      let key = prefix + member.name
      if case .table(let inner) = member.value { return leaves(of: inner, prefix: key + ".") }
      return [Entry(key: key, found: found(member.value), line: member.line)]
    }
  }

  private static func found(_ value: TOMLValue) -> Found {
    switch value {
    case .integer(let value): return .value(.integer(value))
    case .number(let value): return .value(.number(value))
    case .boolean(let value): return .value(.boolean(value))
    case .string(let value): return .value(.string(value))
    case .array(let elements):
      let strings = elements.compactMap { element -> String? in
        if case .string(let text) = element { text } else { nil }
      }
      return strings.count == elements.count
        ? .value(.strings(strings)) : .other("a list of other things than strings")
    case .table: return .other("a table")
    case .date: return .other("a date or time")
    }
  }
}
