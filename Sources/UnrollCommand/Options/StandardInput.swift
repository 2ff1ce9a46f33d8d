import Foundation
import Unroll

/// Standard input, line by line. A byte order mark at its start is dropped, and so is the CR of a line
/// that ends in CRLF.
final class StandardInput {
  private let descriptor: Int32
  /// Read, but not handed out.
  private var bytes: [UInt8] = []
  /// Where the next line begins in `bytes`.
  private var start = 0
  private var isAtEnd = false
  private var number = 0

  init(descriptor: Int32 = 0) { self.descriptor = descriptor }

  /// Without its end; nil at the end. Throws a `UserError` that names a line that is not UTF-8.
  func nextLine() throws -> String? {
    var searched = start
    while true {
      if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return try line(bytes[start..<end])
      }
      searched = bytes.count
      if isAtEnd {
        defer { start = bytes.count }
        return start < bytes.count ? try line(bytes[start...]) : nil
      }
      searched -= start  // `read` moves what is there to the front
      try read()
    }
  }

  /// Whether a call of `nextLine` would not wait.
  var hasLine: Bool {
    while true {
      if isAtEnd || bytes[start...].contains(UInt8(ascii: "\n")) { return true }
      var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard Foundation.poll(&poll, 1, 0) > 0, (try? read()) != nil else { return false }
    }
  }

  private func read() throws {
    bytes.removeFirst(start)
    start = 0
    let (known, room) = (bytes.count, 1 << 16)
    bytes.append(contentsOf: repeatElement(0, count: room))
    var count: Int
    repeat {
      count = bytes.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress.map { $0 + known }, room)
      }
    } while count < 0 && (errno == EINTR || errno == EAGAIN && waitForMore())
    let code = errno
    bytes.removeLast(room - max(0, count))
    guard count >= 0 else {
      throw UserError(
        "standard input cannot be read: \(String(cString: strerror(code)))", hint: "try it again")
    }
    isAtEnd = count == 0
  }

  private func waitForMore() -> Bool {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return Foundation.poll(&poll, 1, -1) >= 0 || errno == EINTR
  }

  private func line(_ slice: ArraySlice<UInt8>) throws -> String {
    number += 1
    var slice = slice
    if number == 1, slice.starts(with: [0xEF, 0xBB, 0xBF]) { slice = slice.dropFirst(3) }
    if slice.last == UInt8(ascii: "\r") { slice = slice.dropLast() }
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw UserError(
        "standard input line \(number) is not UTF-8", hint: "convert it, as with iconv -t UTF-8")
    }
    return text
  }
}
