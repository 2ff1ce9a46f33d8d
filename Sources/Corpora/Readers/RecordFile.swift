import Compute
import Foundation

/// The examples of a file as they stand there, to be divided into files of the same form.
package struct RecordFile: Sendable {
  /// What one example is.
  package enum Form: String, Sendable, CaseIterable {
    /// A line.
    case lines
    /// A row of a table: a line, or several where a quoted field holds line breaks.
    case rows
    /// Lines up to the next blank one: a sentence in CoNLL columns, a document.
    case blocks
    /// Lines that are numbered from 1: a story of the bAbI tasks.
    case stories
  }

  package let form: Form
  /// The first line, where it names columns, and the lines of a `.ts` file up to `@data`: they belong to
  /// every part.
  package let header: String?
  /// The lines of each example, with their ends.
  package private(set) var records: [String] = []
  /// Where a table with a step a row has its labels; nil for other files.
  private var steps: StepColumns?
  /// Whether rows are steps, and an example all those of a sequence.
  package var joinsSteps: Bool { steps != nil }
  /// Whether what a class is stands behind the last colon, as in `.ts` files.
  private let endsWithClass: Bool

  private struct StepColumns {
    let separator: UInt8
    /// The column that tells sequences apart.
    let group: Int
    let label: Int
  }

  /// Reads a file. Blank lines between examples are left out. Rows of a table with a step a row are joined
  /// to sequences.
  ///
  /// Throws a `UserError` that names file and line for what is no text, for a quote that nothing closes
  /// and for a story that does not begin with 1.
  package init(_ url: URL, form: Form, hasHeader: Bool = false) throws {
    self.form = form
    let reader = try LineReader(url)
    endsWithClass = url.contentExtension == "ts"
    var quotes = CSVQuotes(separator: form == .rows ? try CSVReader(url).separator : nil)
    header =
      endsWithClass
      ? try Self.header(ofTS: reader)
      : hasHeader ? try Self.header(of: reader, form == .rows ? quotes : nil) : nil
    var isOpen = false
    while let line = try reader.next() {
      let text = line.text + "\n"
      switch form {
      case _ where line.isBlank && !(form == .rows && isOpen): isOpen = false
      case .lines where endsWithClass && line.first == UInt8(ascii: "#"): break
      case .lines: records.append(text)
      case .rows:
        add(text, continuing: isOpen)
        quotes.read(line)
        isOpen = quotes.isOpen
      case .blocks:
        add(text, continuing: isOpen)
        isOpen = true
      case .stories:
        let number = Int(text.prefix { !$0.isWhitespace })
        guard number == 1 || number != nil && !records.isEmpty else {
          throw reader.error(
            "found no story, expected a line with the number 1", hint: "name another --as")
        }
        add(text, continuing: number != 1)
      }
    }
    guard form != .rows || !isOpen else {
      throw UserError("\(reader.place): a quote is never closed", hint: "check the last rows")
    }
    guard !records.isEmpty else {
      throw UserError("\(reader.place) holds no example", hint: "name another file")
    }
    if form == .rows, hasHeader { try joinSteps(url) }
  }

  /// The lines up to `@data`, or nothing if no line says so.
  private static func header(ofTS reader: LineReader) throws -> String {
    var text = ""
    while let line = try reader.nextText() {
      text += line + "\n"
      if line.lowercased().hasPrefix("@data") { return text }
    }
    throw UserError("\(reader.place) has no line '@data'", hint: "name another file")
  }

  /// Joins rows to sequences, in the order in which they begin, if the columns' names say that a row is a
  /// step.
  private mutating func joinSteps(_ url: URL) throws {
    let reader = try CSVReader(url)
    guard let names = try reader.next().map({ row in (0..<row.count).map(row.text) }),
      let group = try LongTable.group(in: names, nil, reader.place)
    else { return }
    let steps = StepColumns(
      separator: reader.separator, group: group,
      label: TextColumns.labelPlace(in: names) ?? names.count - 1)
    var places: [String: Int] = [:]
    var joined: [String] = []
    for record in records {
      let name = try Self.field(steps.group, of: record, steps)
      let place = places[name] ?? joined.count
      if place == joined.count {
        places[name] = place
        joined.append("")
      }
      joined[place] += record
    }
    records = joined
    self.steps = steps
  }

  /// A field of the first row of an example.
  private static func field(
    _ column: Int, of record: String, _ steps: StepColumns
  ) throws -> String {
    let row = try CSVReader(text: record, place: "a row", separator: steps.separator).next()
    return row.map { column < $0.count ? $0.text(column) : "" } ?? ""
  }

  /// The first line or row, behind what `CSVReader` passes over: blank lines, and `sep=;` in the first.
  ///
  /// - Parameter quotes: of a table, whose rows may have several lines.
  private static func header(of reader: LineReader, _ quotes: CSVQuotes?) throws -> String? {
    var (header, quotes) = ("", quotes)
    while let line = try reader.next() {
      let text = line.text
      header += text + "\n"
      let saysSeparator = reader.number == 1 && line.count == 5 && text.hasPrefix("sep=")
      quotes?.read(line)
      if quotes?.isOpen != true, !line.isBlank, !saysSeparator { break }
    }
    return header.isEmpty ? nil : header
  }

  /// Whether the first row of a table names its columns: it has no number, and the next row has one or the
  /// table is one of texts; or it is numbered as `LabelledSeries` takes it for names.
  ///
  /// Throws a `UserError` as `CSVReader` does.
  package static func namesColumns(_ url: URL) throws -> Bool {
    let reader = try CSVReader(url)
    func hasNumber(_ row: CSVReader.Row) -> Bool {
      (0..<row.count).contains { Double(row.text($0).replacing(",", with: ".")) != nil }
    }
    guard let first = try reader.next(), let second = try reader.next() else { return false }
    guard !hasNumber(first) else {
      return [LabelledSeries.FirstColumn.label(), .number].contains {
        (try? LabelledSeries.read(table: url, firstColumn: $0))?.names.isEmpty == false
      }
    }
    return try hasNumber(second) || ExampleForm.of(url) == .textTable
  }

  private mutating func add(_ text: String, continuing: Bool) {
    if continuing, !records.isEmpty {
      records[records.count - 1] += text
    } else {
      records.append(text)
    }
  }

  package var count: Int { records.count }

  /// The text of those at `indices`, as a file of their own.
  package func text(_ indices: [Int]) -> String {
    let end = form == .blocks ? "\n" : ""
    return (header ?? "") + indices.map { records[$0] + end }.joined()
  }

  /// A class for each record: what stands before the first comma, semicolon or tab, behind the last colon of
  /// a line of a `.ts` file, or in the column of labels where a row is a step. Numbered as training numbers
  /// labels.
  package var classes: [Int32] {
    let names = records.map { record in
      if let steps { return (try? Self.field(steps.label, of: record, steps)) ?? "" }
      let field =
        endsWithClass
        ? record[(record.lastIndex(of: ":").map(record.index(after:)) ?? record.startIndex)...]
        : record.prefix { !",;\t".contains($0) }
      return field.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let labels = LabelSet(names)
    return names.map { labels.id($0) ?? 0 }
  }
}
