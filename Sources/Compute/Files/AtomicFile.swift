import Foundation

/// Files that are either the old one, whole, or the new one, whole, whatever happens in between.
///
/// Order: write to `<name>.<process>-<number>.partial` beside the target → fsync → rename over the
/// target → fsync the folder. A kill or a full disk leaves the old file untouched and at most a
/// partial one behind. Two processes may write the same file; the later whole one stays.
package enum AtomicFile {
  private static let partialSuffix = ".partial"

  /// Replaces the file at `url` with what `body` writes.
  ///
  /// Throws what `body` throws, or a `UserError` naming the file when the system refuses; the old
  /// file, if any, is then still there and the partial one is gone.
  package static func write(to url: URL, _ body: (AtomicFileWriter) throws -> Void) throws {
    let writer = try AtomicFileWriter(url)
    try body(writer)
    try writer.commit()
  }

  /// Replaces the file at `url` with `text` in UTF-8.
  package static func write(_ text: String, to url: URL) throws {
    try write(to: url) { try $0.append(text) }
  }

  /// The name that an unfinished file of that name was meant to get; nil if it is no such name.
  package static func target(ofPartial name: String) -> String? {
    guard name.hasSuffix(partialSuffix) else { return nil }
    let marked = name.dropLast(partialSuffix.count)
    guard let dot = marked.lastIndex(of: ".") else { return nil }
    return String(marked[..<dot])
  }

  fileprivate static func partial(of url: URL) -> URL {
    let mark = "\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    return url.deletingLastPathComponent()
      .appendingPathComponent("\(url.lastPathComponent).\(mark)\(partialSuffix)")
  }

  /// Makes renames and removals inside `folder` survive a power cut.
  package static func synchronizeFolder(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UserError.cannot("open", folder, code: errno) }
    defer { close(descriptor) }
    // Some network file systems cannot fsync a folder and say EINVAL: nothing better is on offer.
    guard synchronize(descriptor) || errno == EINVAL else {
      throw UserError.cannot("write", folder, code: errno)
    }
  }

  fileprivate static func synchronize(_ descriptor: Int32) -> Bool {
    #if canImport(Darwin)
      // fsync alone stops at the drive's cache there.
      if fcntl(descriptor, F_FULLFSYNC) == 0 { return true }
    #endif
    while fsync(descriptor) != 0 {
      guard errno == EINTR else { return false }
    }
    return true
  }
}

/// An unfinished file: `commit` gives it its name; dropped before that, it leaves nothing behind.
package final class AtomicFileWriter {
  private let url: URL
  private let partial: URL
  private var descriptor: Int32
  /// Bytes appended so far.
  package private(set) var count = 0

  /// - Parameter createsFolders: makes the folders above the file.
  package init(_ url: URL, createsFolders: Bool = false) throws {
    self.url = url
    partial = AtomicFile.partial(of: url)
    if createsFolders {
      let folder = url.deletingLastPathComponent()
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw UserError(
          "cannot make the folder '\(folder.relativePath)': \(error.localizedDescription)",
          hint: "check the path and who may write there")
      }
    }
    descriptor = open(partial.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw UserError.cannot("write", url, code: errno) }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(partial.path)
  }

  /// Makes the file durable under its own name. Throws a `UserError` naming it.
  package func commit() throws {
    precondition(descriptor >= 0, "'\(url.path)' is committed already")
    guard AtomicFile.synchronize(descriptor), rename(partial.path, url.path) == 0 else {
      throw UserError.cannot("write", url, code: errno)
    }
    close(descriptor)
    descriptor = -1
    try AtomicFile.synchronizeFolder(url.deletingLastPathComponent())
  }

  /// Writes `bytes` at the end. Throws a `UserError` naming the file.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try put(bytes, at: count)
    count += bytes.count
  }

  /// Writes `text` in UTF-8 at the end. Throws a `UserError` naming the file.
  package func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  /// Replaces `bytes.count` bytes from `offset` on; all of them must have been appended before.
  package func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    precondition(
      offset >= 0 && bytes.count <= count - offset,
      "overwriting \(bytes.count) bytes at \(offset) of a file of \(count)")
    try put(bytes, at: offset)
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let written = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if written < 0 {
        if errno == EINTR { continue }
        throw UserError.cannot("write", url, code: errno)
      }
      done += written
    }
  }
}
