import Foundation

/// Bytes that come one after the other: those of a file, those that a file unpacks to, or standard
/// input.
package protocol ByteSource: AnyObject {
  /// For messages: `'a.txt'`, or `standard input`.
  var place: String { get }

  /// Reads some of the bytes that come next; returns their number, 0 at the end only. `buffer` must not
  /// be empty.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

  /// Whether `read` would return without waiting.
  var isReady: Bool { get }
}

extension ByteSource {
  package var isReady: Bool { true }

  /// Reads until `buffer` is full or the bytes end; returns the bytes read.
  package func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// All bytes that are left.
  package func rest() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = try block.withUnsafeMutableBytes({ try fill($0) }), count > 0 {
      bytes += block[..<count]
    }
    return bytes
  }
}

/// A text in memory.
package final class TextSource: ByteSource {
  package let place: String
  private var bytes: ArraySlice<UInt8>

  package init(_ text: String, place: String) {
    bytes = ArraySlice(text.utf8)
    self.place = place
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let part = bytes.prefix(buffer.count)
    buffer.copyBytes(from: part)
    bytes = bytes.dropFirst(part.count)
    return part.count
  }
}

/// Standard input, as it comes.
package final class StandardInput: ByteSource {
  package let place = "standard input"

  package init() {}

  package var isReady: Bool { StandardStreams.wait(for: STDIN_FILENO, POLLIN, milliseconds: 0) }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let count = readSome(STDIN_FILENO, buffer) else {
      throw UserError("cannot read standard input: \(lastSystemError())")
    }
    return count
  }
}

/// `read(2)`, again after a signal, and later where nothing has come yet; nil after an error.
func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int? {
  while true {
    let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
    if count >= 0 { return count }
    switch errno {
    case EINTR: continue
    case EAGAIN: StandardStreams.wait(for: descriptor, POLLIN)
    default: return nil
    }
  }
}

/// What the last failed system call said.
func lastSystemError() -> String { String(cString: strerror(errno)) }
