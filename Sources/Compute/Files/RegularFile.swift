import Foundation

/// Files that are read as a whole: anything else, such as a FIFO nobody writes to, is refused
/// instead of waited for. All errors are `UserError`s that name the file.
package enum RegularFile {
  /// Opens a file for reading; to be closed by the caller.
  package static func open(_ url: URL) throws -> (file: OpenFile, status: stat) {
    try UserError.naming("read", url) {
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
        return (file, status)
      } catch {
        try? FileSystem.close(file)
        throw error
      }
    }
  }

  /// The bytes of a file.
  ///
  /// - Parameter longest: a longer file is refused before anything is read.
  package static func contents(of url: URL, longest: Int = .max) throws -> [UInt8] {
    let (file, status) = try open(url)
    defer { try? FileSystem.close(file) }
    let count = Int(status.st_size)
    guard count <= longest else {
      throw UserError("'\(url.relativePath)' has \(count) bytes, expected at most \(longest)")
    }
    return try UserError.naming("read", url) {
      try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        initialized = try FileSystem.read(file, into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
  }

  /// A file as text. Bytes that are no UTF-8 are refused.
  package static func text(of url: URL, longest: Int = .max) throws -> String {
    guard let text = String(validating: try contents(of: url, longest: longest), as: UTF8.self)
    else { throw UserError("'\(url.relativePath)' is not UTF-8 text") }
    return text
  }
}
