import Compute
import Foundation

/// Reads a text file line by line in constant memory, and knows where it is.
///
/// A line ends with LF or CR LF; a byte order mark at the start is dropped. Every line is checked to
/// be UTF-8 text. The memory is one block, or the longest line.
package final class LineReader {
  /// The longest line: more tokens than an `Int32` counts cannot be one sequence.
  package static let longestLine = Int(Int32.max)

  package let url: URL
  /// The number of the last line that was read, from 1.
  package private(set) var number = 0
  private let file: InputFile
  private let longestLine: Int
  private var buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 16)
  /// What was read but not handed out yet.
  private var pending = 0..<0
  private var isAtEnd = false

  /// Throws a `UserError` if the file cannot be opened, is empty or is compressed.
  package init(_ url: URL, longestLine: Int = LineReader.longestLine) throws {
    self.url = url
    self.longestLine = longestLine
    file = try InputFile(url)
    try fill()
    guard !pending.isEmpty else {
      throw UserError("'\(url.path)' is empty", hint: "name a file that holds examples")
    }
    if let error = UserError.ifCompressed(url, buffer[..<min(2, pending.count)]) { throw error }
    if pending.count >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF {
      pending = 3..<pending.upperBound
    }
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
          "'\(url.path)' line \(number + 1): longer than \(longestLine) bytes, "
            + "more than one sequence can hold",
          hint: "one example a line: split it")
      }
      if isAtEnd {
        guard !pending.isEmpty else { return nil }
        let rest = pending
        pending = rest.upperBound..<rest.upperBound
        return try checked(rest)
      }
      try fill()
    }
  }

  /// An error at the last line. Columns are counted from 1.
  func error(_ what: String, column: Int? = nil, hint: String? = nil) -> UserError {
    let place = column.map { ", column \($0)" } ?? ""
    return UserError("'\(url.path)' line \(number)\(place): \(what)", hint: hint)
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
    let added = try file.read(into: room)
    isAtEnd = added < room.count
    pending = 0..<count + added
  }

  private func checked(_ range: Range<Int>) throws -> UnsafeBufferPointer<UInt8> {
    number += 1
    var line = UnsafeBufferPointer(rebasing: buffer[range])
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
          hint: "convert the file, as with: iconv -f WINDOWS-1252 -t UTF-8")
      }
    }
    return line
  }
}

extension UserError {
  /// An error if a file that begins with `bytes` is gzip-compressed.
  static func ifCompressed(_ url: URL, _ bytes: some Collection<UInt8>) -> UserError? {
    guard bytes.starts(with: [0x1F, 0x8B]) else { return nil }
    return UserError(
      "'\(url.path)' is compressed with gzip, expected it unpacked",
      hint: "unpack it, as with: gunzip -k '\(url.lastPathComponent)'")
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The text of a checked line.
  var text: String { String(decoding: self, as: UTF8.self) }

  /// Nothing but white space.
  var isBlank: Bool { allSatisfy(WordScanner.isWhiteSpace) }
}
