import Compute
import Foundation

/// One or several long series of the same channels, one of which is forecast.
package struct SeriesPanel: Sendable {
  package struct Series: Sendable {
    package let name: String
    /// Step after step, `[steps, channels]`.
    package fileprivate(set) var values: [Float]
  }

  /// The names of all columns of the table, as they stood; a table without names has none.
  package let columns: [String]
  /// The names of the channels.
  package let channels: [String]
  /// The channel that is forecast, counted from 0.
  package let target: Int
  package private(set) var series: [Series]
  /// The column that told the series apart, if one did.
  package let groupName: String?
  package var isGrouped: Bool { groupName != nil }
  package let separator: UInt8
  /// How the table was found to be written, in words; nil for nothing to tell.
  package let look: String?

  package var width: Int { channels.count }

  /// Reads a table with a step a row, in the order of time: `time,x,y` or, with several series,
  /// `id,time,x,y`. A column that is called like time is not a channel, nor is a first one without a name,
  /// as pandas writes its index. A first row 0, 1, 2 …, as pandas names columns, is no step if every other
  /// row has a number with a fraction.
  ///
  /// - Parameters:
  ///   - target: the column that is forecast, by name or number; nil: the only channel.
  ///   - columns: those that the table has to have, and has where it does not name them; empty: any.
  /// - Throws: a `UserError` naming row and column.
  package static func read(
    _ url: URL, _ form: SeriesForm, target: String?, columns: [String] = []
  ) throws -> SeriesPanel {
    try SeriesPanel(form, target: target, columns: columns) {
      try CSVReader(url, separator: form.separator)
    }
  }

  /// Throws a `UserError` for a row that such a table cannot have; `first` is the table's first row.
  package static func check(
    row: String, behind first: String, place: String, _ form: SeriesForm, target: String?,
    columns: [String]
  ) throws {
    var form = form
    // What stands for a missing number may stand in another row.
    if form.missing != .refuse { form.missing = .zero }
    let separator = form.separator
    _ = try SeriesPanel(form, target: target, columns: columns) {
      try CSVReader(
        text: first + "\n" + row + "\n", place: place, separator: separator, isOneRow: true)
    }
  }

  /// Reads such a table from a text; `place` says where it comes from.
  package static func read(
    text: String, place: String, _ form: SeriesForm, target: String?, columns: [String]
  ) throws -> SeriesPanel {
    try SeriesPanel(form, target: target, columns: columns) {
      try CSVReader(text: text, place: place, separator: form.separator)
    }
  }

  /// The series of several tables: one that has the name of an earlier one goes on with it, and tables that
  /// tell none apart hold a series each.
  ///
  /// Throws a `UserError` if their columns differ.
  package static func joined(_ parts: [(url: URL, panel: SeriesPanel)]) throws -> SeriesPanel {
    guard var all = parts.first?.panel else { preconditionFailure("no series") }
    var places = Dictionary(all.series.indices.map { (all.series[$0].name, $0) }) { first, _ in
      first
    }
    for (url, panel) in parts.dropFirst() {
      guard panel.columns == all.columns, panel.channels == all.channels,
        panel.isGrouped == all.isGrouped
      else {
        let expected = all.columns.isEmpty ? all.channels : all.columns
        throw UserError(
          "'\(url.path)' has the columns "
            + (panel.columns.isEmpty ? panel.channels : panel.columns).joined(separator: ", ")
            + ", expected \(expected.joined(separator: ", ")) as in '\(parts[0].url.path)'",
          hint: "name tables of one form")
      }
      for series in panel.series {
        guard all.isGrouped, let place = places[series.name] else {
          places[series.name] = all.series.count
          all.series.append(series)
          continue
        }
        all.series[place].values += series.values
      }
    }
    return all
  }

  /// The channel of `width` that a table's target was, of which only the columns are known any more.
  ///
  /// Throws a usage `UserError` if there is no such column.
  package static func target(
    _ wanted: String?, columns: [String], width: Int, _ form: SeriesForm
  ) throws -> Int {
    guard let wanted, width > 1 else { return 0 }
    // Without a header only a group that was named is no channel.
    let count = width + (form.group == nil ? 0 : 1)
    let names = columns.isEmpty ? (1...count).map { "\($0)" } : columns
    let group = try LongTable.group(in: names, form.group, "the run")
    let column = try LongTable.column(wanted, in: names, "--target", "the run")
    var channels = LongTable.columns(of: names, group: group).numbers
    // Texts that are called like time were none.
    if channels.count > width { channels.removeAll { LongTable.isTime(names[$0], in: names) } }
    return channels.firstIndex(of: column) ?? 0
  }

  /// Whether numbers behind names that are 0, 1, 2 … are all written otherwise than those.
  private static func haveFractions(behind first: CSVReader) throws -> Bool {
    guard try first.next() != nil, var row = try first.next() else { return false }
    while row.hasFraction {
      guard let next = try first.next() else { return true }
      row = next
    }
    return false
  }

  /// - Parameter open: begins to read the table.
  private init(
    _ form: SeriesForm, target: String?, columns known: [String], _ open: () throws -> CSVReader
  ) throws {
    let reader = try open()
    guard let first = try reader.next() else {
      throw UserError("\(reader.place) holds no row", hint: "each row is a step of a series")
    }
    let texts = (0..<first.count).map(first.text)
    let named = Array(texts.dropFirst(TableColumn.indexCount(in: texts)))
    let isNamed =
      try named.allSatisfy(TableColumn.isName) || !known.isEmpty && texts == known
      || TableColumn.areCounted(named)
        && (texts[0].isEmpty || Self.haveFractions(behind: open()))
    let header = isNamed ? texts : known.count == texts.count ? known : []
    guard known.isEmpty || header.isEmpty || header == known else {
      throw UserError(
        "\(reader.place) has the columns \(header.joined(separator: ", ")), expected "
          + known.joined(separator: ", "), hint: "give the columns that the run was trained on")
    }
    let names = header.isEmpty ? texts.indices.map { "\($0 + 1)" } : header
    let group = try LongTable.group(in: names, form.group, reader.place)
    if !isNamed, known.isEmpty, group == nil, texts.contains(where: TableColumn.isName),
      let bare = named.firstIndex(where: { !TableColumn.isName($0) })
    {
      throw reader.error(
        first, texts.count - named.count + bare,
        "found \(named[bare].isEmpty ? "nothing" : "'\(named[bare])'"), expected a name, as other columns have",
        hint: "give each column a name that holds a letter, or leave the column out")
    }
    let table = try LongTable(
      reader, first: isNamed ? nil : first, header: names, group: group, label: nil,
      missing: form.missing)
    let channels = table.names
    self.channels = channels
    columns = header
    separator = table.separator
    look = table.look
    groupName = group.map { names[$0] }
    if let target {
      let column = try LongTable.column(target, in: names, "--target", reader.place)
      guard let channel = table.columns.firstIndex(of: column) else {
        throw UserError.usage("--target \(target): \(reader.place) holds no numbers there")
      }
      self.target = channel
    } else {
      guard channels.count == 1 else {
        throw UserError.usage(
          "\(reader.place) has \(channels.count) columns of numbers: which is to be forecast?",
          hint: "name it with --target: \(channels.prefix(12).joined(separator: ", "))")
      }
      self.target = 0
    }
    let width = channels.count
    series = try table.sequences.map { sequence in
      Series(
        name: sequence.name,
        values: try form.missing.filled(table.numbers(of: sequence), width: width) { feature in
          UserError(
            "\(reader.place): '\(channels[feature])' of '\(sequence.name)' has no number at all",
            hint: "remove its rows")
        })
    }
  }
}
