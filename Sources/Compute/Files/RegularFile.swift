import Foundation

/// A regular file that is read in pieces, closed with the last reference. Anything else, such as a FIFO
/// nobody writes to, is refused instead of waited for.
///
/// It is read and not mapped: a file that becomes shorter, and a disk that fails, are errors then, where
/// mapped memory would end the process. All errors are `UserError`s that name the file.
package final class RegularFile: Sendable {
  package let url: URL
  /// Bytes when it was opened.
  package let count: Int
  private let file: OpenFile

  package init(_ url: URL) throws {
    self.url = url
    (file, count) = try UserError.naming("read", url) {
      // Without O_NONBLOCK, opening a FIFO waits for somebody who opens its other end.
      let file = try FileSystem.open(url.path, O_RDONLY | O_NONBLOCK)
      do {
        let status = try FileSystem.status(file)
        guard status.st_mode & S_IFMT != S_IFDIR else { throw SystemError(code: EISDIR) }
        guard status.st_mode & S_IFMT == S_IFREG else {
          throw UserError(
            "cannot read '\(url.relativePath)': it is not a regular file",
            hint: "copy its content to a file")
        }
        return (file, Int(status.st_size))
      } catch {
        try? FileSystem.close(file)
        throw error
      }
    }
  }

  deinit { try? FileSystem.close(file) }

  /// Fills `buffer` with the bytes from `offset` on. Throws if the file ends before that.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    let found = try UserError.naming("read", url) {
      try FileSystem.read(file, into: buffer, at: offset)
    }
    guard found == buffer.count else { throw UserError.becameShorter(url, found: offset + found) }
  }

  /// The bytes of a range. Throws if the file ends before that.
  package func bytes(_ range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      try read(
        into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<range.count]), at: range.lowerBound)
      initialized = range.count
    }
  }

  /// Calls `body` with the bytes of a range, block by block; a block has a multiple of 64 bytes but for the
  /// last.
  package func forEachBlock(
    in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(1 << 20, max(1, range.count)), alignment: 64)
    defer { block.deallocate() }
    var position = range.lowerBound
    while position < range.upperBound {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: block[..<min(block.count, range.upperBound - position)])
      try read(into: part, at: position)
      try body(UnsafeRawBufferPointer(part))
      position += part.count
    }
  }

  /// The bytes of a file.
  ///
  /// - Parameter longest: a longer file is refused before anything is read.
  package static func contents(of url: URL, longest: Int = .max) throws -> [UInt8] {
    let file = try RegularFile(url)
    guard file.count <= longest else {
      throw UserError(
        "'\(url.relativePath)' has \(file.count) bytes, expected at most \(longest)")
    }
    return try file.bytes(0..<file.count)
  }

  /// A file as text. Bytes that are no UTF-8 are refused.
  package static func text(of url: URL, longest: Int = .max) throws -> String {
    guard let text = String(validating: try contents(of: url, longest: longest), as: UTF8.self)
    else { throw UserError("'\(url.relativePath)' is not UTF-8 text") }
    return text
  }
}
