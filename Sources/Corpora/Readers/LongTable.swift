import Compute
import Foundation

/// A table with a step a row: which sequence it belongs to, perhaps when it was, and its numbers.
///
/// ```
/// id,time,x,y,label
/// a,0,0.1,1.0,up
/// a,1,0.2,0.9,up
/// ```
///
/// The rows of a sequence need not stand together; they stand in the order of time. The column of time is
/// not read as a number of the step, nor are first columns that only number the rows.
struct LongTable {
  struct Sequence {
    let name: String
    /// The line of its first row.
    let line: Int
    fileprivate(set) var stepCount = 0
    /// The last of its rows.
    fileprivate var lastRow = -1
    var label: String?
    fileprivate var time: Double?
    /// What the row above says of its time, and the order of those before it.
    fileprivate var date = ""
    fileprivate var dates = DateOrder()
  }

  let place: String
  let separator: UInt8
  /// How it was found to be written, in words.
  let look: String?
  /// Of the columns of numbers.
  let names: [String]
  /// Their places among all.
  let columns: [Int]
  /// In the order in which they begin.
  private(set) var sequences: [Sequence] = []
  /// All steps as they were read, row by row; NaN where something stands for a number that is missing.
  private var steps: VectorSequences
  /// The row before of the same sequence, or -1.
  private var rowsBefore = LongList<Int>()

  private static let groupNames: Set<String> = [
    "id", "series", "series_id", "case", "case_id", "sequence", "sequence_id", "unique_id", "group",
  ]
  private static let timeNames: Set<String> = [
    "time", "t", "step", "timestamp", "timepoint", "time_id", "reading_id", "date", "datetime",
    "ds", "month", "year",
  ]
  /// Words that name a time wherever they stand, as in `datetime_gmt`, `Order Date` or `InvoiceDate`.
  private static let timeWords: Set<Substring> = ["date", "datetime", "timestamp"]
  /// Of which one alone is a time, and several are parts of one.
  private static let timeParts: Set<String> = ["year", "month", "day", "hour"]

  /// Whether a column is called like time, in a table with these columns.
  static func isTime(_ name: String, in header: [String]) -> Bool {
    if timeParts.contains(name.lowercased()) {
      return timeNames.contains(name.lowercased())
        && header.count { timeParts.contains($0.lowercased()) } == 1
    }
    var words = ""
    for letter in name {
      if letter.isUppercase, words.last?.isLowercase == true { words.append(" ") }
      words.append(letter)
    }
    return timeNames.contains(name.lowercased())
      || words.lowercased().split { !$0.isLetter }.contains(where: timeWords.contains)
  }

  /// The column of time, if there is one, and those of numbers: all that are neither `group` nor `label` and
  /// do not number the rows, but for texts that are called like time too.
  ///
  /// - Parameter row: a row of the table; nil: what is called like time, beside the first one, holds numbers.
  static func columns(
    of header: [String], group: Int?, label: Int? = nil, row: CSVReader.Row? = nil
  ) -> (time: Int?, numbers: [Int]) {
    let others = header.indices.dropFirst(TableColumn.indexCount(in: header)).filter {
      $0 != group && $0 != label
    }
    let time = others.first { isTime(header[$0], in: header) }
    let numbers = others.filter { column in
      guard column != time else { return false }
      guard isTime(header[column], in: header), let row, column < row.count else { return true }
      return TableColumn.isNumber(row.text(column)) || CSVNumbers.isMissing(row.text(column))
    }
    return (time, numbers)
  }

  /// Reads a table that is one.
  ///
  /// - Parameters:
  ///   - first: a row that was read already.
  ///   - group: the column that tells sequences apart; nil: all rows are one.
  ///   - label: the column of the sequences' labels, if they have one.
  ///   - missing: what may stand for a number that is not there.
  /// - Throws: a `UserError` naming row and column.
  init(
    _ reader: CSVReader, first: CSVReader.Row? = nil, header: [String], group: Int?, label: Int?,
    missing: MissingValues
  ) throws {
    place = reader.place
    separator = reader.separator
    var pending = try first ?? reader.next()
    let (time, columns) = Self.columns(of: header, group: group, label: label, row: pending)
    self.columns = columns
    names = columns.map { header[$0] }
    guard !columns.isEmpty else {
      throw UserError(
        "\(place) has no column of numbers",
        hint: "its columns are \(header); what stands between fields is said with --separator")
    }
    steps = VectorSequences(width: columns.count)
    var numbers = CSVNumbers(reader, missing: missing)
    var places: [String: Int] = [:]
    while let row = try pending ?? reader.next() {
      pending = nil
      guard row.count == header.count else {
        throw UserError(
          "\(reader.place(of: row)): found \(row.count) fields, expected \(header.count)",
          hint: "each row has a field for each column")
      }
      let name = group.map(row.text) ?? ""
      let index = places[name] ?? sequences.count
      if index == sequences.count {
        places[name] = index
        sequences.append(Sequence(name: name, line: row.line))
      }
      if let label { try sequences[index].take(label: row.text(label), row, label, reader) }
      if let time {
        try sequences[index].take(time: row.text(time), row, time, header[time], reader)
      }
      try steps.append(
        columns.map { column in
          try Self.explained(row, column) { try numbers.optional(row, column, reader) } ?? .nan
        })
      try rowsBefore.append(sequences[index].lastRow)
      sequences[index].lastRow = rowsBefore.count - 1
      sequences[index].stepCount += 1
    }
    let roles = [
      time.map { "times in '\(header[$0])'" }, group.map { "series told apart by '\(header[$0])'" },
    ]
    look = TableLook.words(
      separator: reader.isGuessed ? separator : nil, hasDecimalCommas: numbers.hasDecimalCommas,
      columns: roles.contains { $0 != nil } ? roles.compactMap(\.self).joined(separator: ", ") : nil
    )
  }

  /// The numbers of a sequence, step after step; nil for a missing one that something stands for.
  func numbers(of sequence: Sequence) -> [Float?] {
    var numbers = [Float?](repeating: nil, count: sequence.stepCount * steps.width)
    var (row, end) = (sequence.lastRow, numbers.count)
    while row >= 0 {
      for (column, number) in steps[row].enumerated() where !number.isNaN {
        numbers[end - steps.width + column] = number
      }
      (row, end) = (rowsBefore[row], end - steps.width)
    }
    return numbers
  }

  /// Says of words among numbers that they may name the series.
  private static func explained(
    _ row: CSVReader.Row, _ column: Int, _ number: () throws -> Float?
  ) throws -> Float? {
    do {
      return try number()
    } catch let error as UserError where !CSVNumbers.isMissing(row.text(column)) {
      throw UserError(
        error.message,
        hint: CSVNumbers.isMarked(row.text(column))
          ? error.hint
          : "name the column that tells series apart with --group, one of times like 'date', and leave out "
            + "what is no number")
    }
  }

  /// The columns that tell sequences apart and are called like time, where a header has both.
  static func group(in header: [String], _ wanted: String?, _ place: String) throws -> Int? {
    if let wanted { return try column(wanted, in: header, "--group", place) }
    let group = header.firstIndex { groupNames.contains($0.lowercased()) }
    let saysWhen = header.contains {
      isTime($0, in: header) || timeParts.contains($0.lowercased())
    }
    return saysWhen ? group : nil
  }

  /// The place of a column, by name or by number from 1. Throws a usage `UserError` that names `option`.
  static func column(
    _ wanted: String, in header: [String], _ option: String, _ place: String
  ) throws -> Int {
    let count = header.count { $0 == wanted }
    guard count < 2 else {
      throw UserError.usage(
        "\(option) \(wanted): \(place) has \(count) columns of that name",
        hint: "say it by its number, from 1")
    }
    if let column = TableColumn.place(of: wanted, in: header) { return column }
    throw UserError.usage(
      "\(option) \(wanted): \(place) has no such column",
      hint: "its columns are \(header.prefix(12).joined(separator: ", "))")
  }
}

extension LongTable.Sequence {
  fileprivate mutating func take(
    label text: String, _ row: CSVReader.Row, _ column: Int, _ reader: CSVReader
  ) throws {
    guard !text.isEmpty, label ?? text == text else {
      throw reader.error(
        row, column,
        text.isEmpty
          ? "found no label" : "found the label '\(text)', before it was '\(label ?? "")'",
        hint: "all steps of a sequence have its label")
    }
    label = text
  }

  /// Times that are numbers must rise, and dates must not fall.
  fileprivate mutating func take(
    time text: String, _ row: CSVReader.Row, _ column: Int, _ name: String, _ reader: CSVReader
  ) throws {
    let hint =
      "sort the rows by time, and name the column that tells series apart with --group; "
      + "'\(name)' reads as a time: if it is none, call it by another name"
    guard let now = Double(text) else {
      // An hour may come twice where clocks are put back.
      guard !dates.falls(at: text) else {
        throw reader.error(
          row, column, "found the date \(text), which is before \(date) of the row above it",
          hint: hint)
      }
      date = text
      return
    }
    if let time, now <= time {
      throw reader.error(
        row, column, "found the time \(text), which is not behind the one before", hint: hint)
    }
    time = now
  }
}

extension LabelledSeries {
  /// Reads a table with a step a row; nil if it is none: no column was named that tells sequences apart,
  /// and its first row does not name such a column and one of time.
  ///
  /// Labels or targets stand in `labelColumn`, by default the column that is called like that, else the
  /// last.
  static func read(
    long url: URL, _ form: SeriesForm, _ firstColumn: FirstColumn
  ) throws -> LabelledSeries? {
    let reader = try CSVReader(url, separator: form.separator)
    guard let first = try reader.next() else { return nil }
    let header = (0..<first.count).map(first.text)
    guard let group = try LongTable.group(in: header, form.group, reader.place) else { return nil }
    var label: Int?
    if case .value = firstColumn {
    } else {
      label =
        try form.labelColumn.map {
          try LongTable.column($0, in: header, "--label-column", reader.place)
        } ?? TextColumns.labelPlace(in: header) ?? header.count - 1
    }
    let table = try LongTable(
      reader, header: header, group: group, label: label, missing: form.missing)
    let width = table.names.count
    try form.check(features: width, reader.place)
    try form.check(order: table.names, reader.place)
    var rows = SeriesRows(firstColumn, features: width)
    for sequence in table.sequences {
      let steps = try form.missing.filled(table.numbers(of: sequence), width: width) { feature in
        UserError(
          "\(reader.place): '\(table.names[feature])' of '\(sequence.name)' has no number at all",
          hint: "remove its rows")
      }
      var target: Float?
      if case .number = firstColumn {
        target = DecimalNumber.parse(Array((sequence.label ?? "").utf8))
        guard target != nil else {
          throw UserError(
            "\(reader.place) row \(sequence.line): found the target '\(sequence.label ?? "")', "
              + "expected a finite number")
        }
      }
      try rows.add(steps, label: sequence.label ?? "", target: target, line: sequence.line)
    }
    return try rows.series(
      reader.place, separator: reader.separator, look: table.look, names: table.names
    ) { "\(reader.place) row \($0)" }
  }
}
