import Compute
import Foundation

/// Reads text line by line in constant memory, and knows where it is.
///
/// A line ends with LF or CR LF; a byte order mark at the start is dropped. Every line is checked to
/// be UTF-8 text; a text of several lines that end with CR alone is refused. Compressed files are
/// unpacked. The memory is one block, or the longest line.
package final class LineReader {
  /// The longest line: more tokens than an `Int32` counts cannot be one sequence.
  package static let longestLine = Int(Int32.max)

  /// What is read, for messages: `'a.txt'`, or `standard input`.
  package let place: String
  /// The number of the last line that was read, from 1.
  package private(set) var number = 0
  private let source: any ByteSource
  private let longestLine: Int
  private var buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 16)
  /// What was read but not handed out yet.
  private var pending = 0..<0
  private var isAtEnd = false
  /// The bytes of the last line.
  private var last = 0..<0

  init(_ source: any ByteSource, longestLine: Int = LineReader.longestLine) {
    self.source = source
    self.longestLine = longestLine
    place = source.place
  }

  /// Throws a `UserError` if the file cannot be opened or is empty.
  package convenience init(_ url: URL, longestLine: Int = LineReader.longestLine) throws {
    self.init(try UnpackedFile.open(url), longestLine: longestLine)
    try fill()
    guard !pending.isEmpty else {
      throw UserError("\(place) is empty", hint: "name a file that holds examples")
    }
    try TextForm.refuse(buffer[pending].prefix(TextForm.markLength), at: place)
  }

  /// The lines of standard input, unpacked if it is compressed, each as soon as it is there. For one reader
  /// a process: it may have read further than the line that it hands out.
  package static func standardInput() -> LineReader {
    LineReader(UnpackedStream(StandardInput()))
  }

  deinit { buffer.deallocate() }

  /// The next line without its end, valid until the next call; nil at the end of the file.
  ///
  /// Throws a `UserError` for bytes that are no text and for a line that is too long.
  package func next() throws -> UnsafeBufferPointer<UInt8>? {
    var searched = 0
    while true {
      let start = pending.lowerBound
      if let found = buffer[(start + searched)..<pending.upperBound].firstIndex(of: 0x0A) {
        pending = found + 1..<pending.upperBound
        return try checked(start..<found)
      }
      searched = pending.count
      guard searched <= longestLine else {
        throw UserError(
          "\(place) line \(number + 1): longer than \(longestLine) bytes, "
            + "more than one sequence can hold",
          hint: "one example a line: split it")
      }
      if isAtEnd {
        guard !pending.isEmpty else { return nil }
        let rest = pending
        pending = rest.upperBound..<rest.upperBound
        // A text in memory is a row of a query, which had its line.
        if number == 0, !(source is TextSource) {
          try TextForm.refuseReturns(buffer[rest].count { $0 == 0x0D }, at: place)
        }
        return try checked(rest)
      }
      try fill()
    }
  }

  /// The next line as a string, see `next`.
  package func nextText() throws -> String? { try next()?.text }

  /// The same of a line that may be no text: what stands behind it can be read all the same. The text of such a
  /// one has marks in the place of what is wrong.
  package func nextLine() throws -> (text: String, fault: UserError?)? {
    let before = number
    do { return try nextText().map { ($0, nil) } } catch let error as UserError
      where number > before
    {
      return (String(decoding: buffer[last], as: UTF8.self), error)
    }
  }

  /// Whether the next line, or the end, is there without waiting for it.
  package var hasLine: Bool {
    var searched = 0
    while true {
      // A line that is too long is said by `next`.
      if isAtEnd || searched > longestLine { return true }
      if buffer[pending].dropFirst(searched).contains(0x0A) { return true }
      searched = pending.count
      // What cannot be read is said by whoever asks for the line.
      guard source.isReady, (try? fill()) != nil else { return false }
    }
  }

  /// An error at the last line. Columns are counted from 1.
  func error(_ what: String, column: Int? = nil, hint: String? = nil) -> UserError {
    let column = column.map { ", column \($0)" } ?? ""
    return UserError("\(place) line \(number)\(column): \(what)", hint: hint)
  }

  /// Moves what is pending to the front and reads more behind it, in a larger buffer if it is full.
  private func fill() throws {
    let count = pending.count
    let larger = count > buffer.count / 2 ? 2 * buffer.count : buffer.count
    let target =
      larger > buffer.count
      ? UnsafeMutableBufferPointer<UInt8>.allocate(capacity: larger) : buffer
    if let from = buffer.baseAddress, let to = target.baseAddress {
      memmove(to, from + pending.lowerBound, count)
    }
    if larger > buffer.count {
      buffer.deallocate()
      buffer = target
    }
    let room = UnsafeMutableRawBufferPointer(
      rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
    let added = try source.read(into: room)
    isAtEnd = added == 0
    pending = 0..<count + added
  }

  private func checked(_ range: Range<Int>) throws -> UnsafeBufferPointer<UInt8> {
    var line = UnsafeBufferPointer(rebasing: buffer[range])
    // No fault of the line: all of what follows is as it is.
    if number == 0 { try TextForm.refuseWide(line, at: place) }
    (number, last) = (number + 1, range)
    if number == 1, line.starts(with: ByteOrderMark.bytes) {
      line = UnsafeBufferPointer(rebasing: line.dropFirst(3))
    }
    if line.last == 0x0D { line = UnsafeBufferPointer(rebasing: line.dropLast()) }
    if let start = line.baseAddress,
      case .fault(let fault, let offset) = TextCheck.verdict(start, count: line.count)
    {
      switch fault {
      case .nul:
        throw error("a NUL byte, expected text", column: offset + 1, hint: "the file looks binary")
      case .notUTF8:
        let byte = String(line[offset], radix: 16, uppercase: true)
        throw error(
          "the byte 0x\(byte) is not UTF-8", column: offset + 1,
          hint: "convert it, as with: iconv -f WINDOWS-1252 -t UTF-8")
      }
    }
    return line
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The text of a checked line.
  var text: String { String(decoding: self, as: UTF8.self) }

  /// Nothing but white space.
  var isBlank: Bool { allSatisfy(WordScanner.isWhiteSpace) }
}
