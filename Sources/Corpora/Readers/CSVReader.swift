import Compute
import Foundation

/// Reads a table whose fields are separated by commas, semicolons or tabs, row by row.
///
/// A field in double quotes may hold separators, line breaks and, doubled, quotes (RFC 4180). Blank
/// lines are no rows.
final class CSVReader {
  /// One row.
  struct Row {
    /// The line in which it begins, from 1.
    let line: Int
    fileprivate(set) var bytes: [UInt8] = []
    fileprivate var ranges: [Range<Int>] = []

    fileprivate init(line: Int) { self.line = line }

    var count: Int { ranges.count }
    subscript(column: Int) -> ArraySlice<UInt8> { bytes[ranges[column]] }

    /// Whether it has a number that is written as none that is whole.
    var hasFraction: Bool {
      ranges.contains { bytes[$0].contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ",") } }
    }

    /// A field without the blanks around it.
    func text(_ column: Int) -> String {
      String(decoding: self[column], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  let separator: UInt8
  /// Whether nobody said what stands between fields.
  let isGuessed: Bool
  private let lines: LineReader
  private static let quote = UInt8(ascii: "\"")

  var place: String { lines.place }
  /// Whether there is but one row, which the place names already.
  private let isOneRow: Bool

  /// - Parameter separator: what stands between fields; nil: what the first rows look like.
  /// - Throws: as `LineReader`.
  convenience init(_ url: URL, separator: UInt8? = nil) throws {
    try self.init(separator) { try LineReader(url) }
  }

  /// Reads rows of a text, or its only one; `place` says where it comes from.
  convenience init(
    text: String, place: String, separator: UInt8? = nil, isOneRow: Bool = false
  ) throws {
    try self.init(separator, isOneRow: isOneRow) { LineReader(TextSource(text, place: place)) }
  }

  private init(
    _ separator: UInt8?, isOneRow: Bool = false, _ open: () throws -> LineReader
  ) throws {
    self.isOneRow = isOneRow
    let guess = try Guess(try open())
    self.separator = separator ?? guess.separator
    isGuessed = separator == nil
    lines = try open()
    if guess.isNamedInTheFirstLine { _ = try lines.next() }
  }

  /// The next row, nil at the end.
  ///
  /// Throws a `UserError` that names row and column for a quote that nothing closes and for text behind
  /// a quote that closes.
  func next() throws -> Row? {
    while let line = try lines.next() {
      if line.isBlank { continue }
      var row = Row(line: lines.number)
      guard line.contains(Self.quote) else {
        row.bytes = Array(line)
        var start = 0
        for (index, byte) in row.bytes.enumerated() where byte == separator {
          row.ranges.append(start..<index)
          start = index + 1
        }
        row.ranges.append(start..<row.bytes.count)
        return row
      }
      try readQuoted(Array(line), into: &row)
      return row
    }
    return nil
  }

  /// Reads a row that holds quotes, and further lines as long as one is open.
  private func readQuoted(_ first: [UInt8], into row: inout Row) throws {
    var (line, position) = (first, 0)
    while true {
      let start = row.bytes.count
      let begin = behindBlanks(line, position)
      if begin < line.count, line[begin] == Self.quote {
        position = begin + 1
        while true {
          guard let end = line[position...].firstIndex(of: Self.quote) else {
            row.bytes += line[position...]
            row.bytes.append(0x0A)
            guard let next = try lines.next() else {
              throw error(row, row.count, "a quote begins that nothing closes")
            }
            (line, position) = (Array(next), 0)
            continue
          }
          row.bytes += line[position..<end]
          position = end + 1
          guard position < line.count, line[position] == Self.quote else { break }
          row.bytes.append(Self.quote)
          position += 1
        }
        row.ranges.append(start..<row.bytes.count)
        position = behindBlanks(line, position)
        guard position == line.count || line[position] == separator else {
          throw error(row, row.count - 1, "found text behind the closing quote")
        }
      } else {
        let end = line[position...].firstIndex(of: separator) ?? line.count
        row.bytes += line[position..<end]
        row.ranges.append(start..<row.bytes.count)
        position = end
      }
      if position == line.count { return }
      position += 1
    }
  }

  /// The first place from `position` on that holds no blank, where blanks separate no fields.
  private func behindBlanks(_ line: [UInt8], _ position: Int) -> Int {
    separator == 0x20
      ? position : line[position...].firstIndex { $0 != 0x20 } ?? line.count
  }

  /// An error at a field; columns are counted from 0 here.
  func error(_ row: Row, _ column: Int, _ what: String, hint: String? = nil) -> UserError {
    UserError("\(place(of: row)), column \(column + 1): \(what)", hint: hint)
  }

  /// Where a row stands, for messages.
  func place(of row: Row) -> String { isOneRow ? place : "\(place) row \(row.line)" }

  /// What the first rows look like.
  private struct Guess {
    /// A tab or a semicolon if all rows have one outside of quotes, else a comma.
    var separator = UInt8(ascii: ",")
    /// The first line says `sep=;`, for some spreadsheet programs.
    var isNamedInTheFirstLine = false

    init(_ lines: LineReader) throws {
      var candidates = [UInt8(ascii: "\t"), UInt8(ascii: ";")]
      var rows = 0
      var quotes = CSVQuotes()
      var found: Set<UInt8> = []
      while rows < 20, !candidates.isEmpty, let line = try lines.next() {
        if lines.number == 1, line.count == 5, line.starts(with: "sep=".utf8) {
          separator = line[4]
          isNamedInTheFirstLine = true
          return
        }
        if line.isBlank, !quotes.isOpen { continue }
        quotes.read(line) { found.insert($0) }
        if quotes.isOpen { continue }
        candidates.removeAll { !found.contains($0) }
        found = []
        rows += 1
      }
      if rows > 0, let first = candidates.first { separator = first }
    }
  }
}
