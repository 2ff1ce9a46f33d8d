import Compute
import Foundation

/// Files that are either the old one, whole, or the new one, whole, whatever happens in between.
///
/// Order: write to `<name>.partial` beside the target → fsync → rename over the target → fsync the
/// folder. A kill or a full disk leaves the old file untouched and at most a `.partial` behind,
/// which the next write of that name replaces. One writer per file name at a time.
public enum AtomicFile {
  /// What unfinished files are called: the target's name with this at the end.
  public static let partialSuffix = ".partial"

  /// Replaces the file at `url` with what `body` writes.
  ///
  /// Throws what `body` throws, or a `UserError` naming the file when the system refuses; the old
  /// file, if any, is then still there and the partial one is gone.
  public static func write(to url: URL, _ body: (AtomicFileWriter) throws -> Void) throws {
    let partial = url.deletingLastPathComponent()
      .appendingPathComponent(url.lastPathComponent + partialSuffix)
    let descriptor = open(partial.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw UserError.cannot("write", url, code: errno) }
    do {
      defer { close(descriptor) }
      try body(AtomicFileWriter(descriptor: descriptor, url: url))
      guard synchronize(descriptor) else { throw UserError.cannot("write", url, code: errno) }
    } catch {
      unlink(partial.path)
      throw error
    }
    guard rename(partial.path, url.path) == 0 else {
      let code = errno
      unlink(partial.path)
      throw UserError.cannot("write", url, code: code)
    }
    try synchronizeFolder(url.deletingLastPathComponent())
  }

  /// Replaces the file at `url` with `text` in UTF-8.
  public static func write(_ text: String, to url: URL) throws {
    try write(to: url) { try $0.append(text) }
  }

  /// Makes renames and removals inside `folder` survive a power cut.
  public static func synchronizeFolder(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UserError.cannot("open", folder, code: errno) }
    defer { close(descriptor) }
    // Some network file systems cannot fsync a folder and say EINVAL: nothing better is on offer.
    guard synchronize(descriptor) || errno == EINVAL else {
      throw UserError.cannot("write", folder, code: errno)
    }
  }

  private static func synchronize(_ descriptor: Int32) -> Bool {
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

/// The open end of an `AtomicFile.write`; use it only inside the closure it was handed to.
public final class AtomicFileWriter {
  private let descriptor: Int32
  private let url: URL
  /// Bytes appended so far.
  public private(set) var count = 0

  fileprivate init(descriptor: Int32, url: URL) {
    self.descriptor = descriptor
    self.url = url
  }

  /// Writes `bytes` at the end. Throws a `UserError` naming the file.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    try put(bytes, at: count)
    count += bytes.count
  }

  /// Writes `text` in UTF-8 at the end. Throws a `UserError` naming the file.
  public func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  /// Replaces `bytes.count` bytes from `offset` on; all of them must have been appended before.
  public func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
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
