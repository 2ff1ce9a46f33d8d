import Foundation

/// A regular file opened for reading from start to end, closed when the last reference goes.
///
/// Read with `read(2)` into a caller's buffer rather than mapped: a copy costs 0.1 ns a byte, memory
/// stays constant, and a file cut short while it is read is an error instead of a bus error.
package final class InputFile: ByteSource {
  package let url: URL
  /// Bytes when it was opened.
  package let length: Int
  /// Nanoseconds since 1970 of the last change of the content.
  package let modificationTime: Int64
  private let file: OpenFile
  private var position = 0
  /// From the first byte that is read to the last.
  private var reading: Activity?

  /// Throws `UserError` if `url` is missing, a folder, not a regular file or not readable.
  package init(_ url: URL) throws {
    let path = url.path
    let status: stat
    do {
      // Without O_NONBLOCK, opening a FIFO waits for somebody who opens its other end.
      file = try FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    } catch let error as SystemError where error.code == ENOENT {
      throw UserError("'\(path)' does not exist", hint: "check the path")
    } catch let error as SystemError {
      throw UserError.cannot("open", url, code: error.code)
    }
    do {
      status = try UserError.naming("examine", url) { [file] in try FileSystem.status(file) }
      try Self.checkKind(of: status, path)
    } catch {
      try? FileSystem.close(file)
      throw error
    }
    self.url = url
    length = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modificationTime = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  deinit {
    reading?.end()
    try? FileSystem.close(file)
  }

  private static func checkKind(of status: stat, _ path: String) throws {
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR:
      throw UserError(
        "'\(path)' is a folder, expected a file", hint: "name the files inside it")
    default:
      throw UserError(
        "'\(path)' is not a regular file", hint: "copy its content to a file: it is read twice")
    }
  }

  package var place: String { "'\(url.path)'" }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if reading == nil { reading = Activity(nil, place, total: length, unit: .bytes) }
    let count = try UserError.naming("read", url) {
      try FileSystem.read(file, into: buffer, at: position)
    }
    position += count
    // Half a text would be learnt as if it were the whole.
    guard count == buffer.count || position >= length else {
      throw UserError.becameShorter(url, found: position)
    }
    reading?.advance(by: count)
    if position >= length { reading?.end() }
    return count
  }

  /// Throws a `UserError` if the file has become shorter since it was opened.
  package func checkLength() throws {
    let found = Int(try UserError.naming("examine", url) { try FileSystem.status(file) }.st_size)
    guard found >= length else { throw UserError.becameShorter(url, found: found) }
  }

  /// Whether the file lies on another machine's disk.
  package var isRemote: Bool { FileSystem.isRemote(file) }

  /// All of the file as read-only memory; see `FileSystem.map`.
  package func map() throws -> UnsafeRawPointer {
    try UserError.naming("map", url) { try FileSystem.map(file, count: length) }
  }

  /// Moves the position to `offset` bytes from the start.
  package func seek(to offset: Int) {
    position = offset
    // What was read so far was a look.
    reading?.end()
    reading = nil
  }
}
