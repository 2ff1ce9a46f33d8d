import Compute
import Foundation

/// A file that appears whole or not at all: written under a temporary name beside its place, then
/// flushed to the disk, renamed, and the folder flushed. Dropped without `commit` it leaves nothing.
final class AtomicFile {
  private let destination: URL
  private let temporary: String
  private var descriptor: Int32

  /// Creates missing folders. Throws `UserError` if nothing can be written there.
  init(_ destination: URL) throws {
    self.destination = destination
    let folder = destination.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw UserError("cannot make the folder '\(folder.path)': \(error.localizedDescription)")
    }
    // The process and a random number: two processes may tokenise the same corpus at once.
    let mark = "\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    temporary = destination.path + ".\(mark).part"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw UserError("cannot write '\(destination.path)': \(lastSystemError())")
    }
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }

  /// Appends `bytes`; with `at`, overwrites from that offset instead.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) throws {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count: Int
      if let offset {
        count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
      } else {
        #if canImport(Darwin)
          count = Darwin.write(descriptor, rest.baseAddress, rest.count)
        #else
          count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        #endif
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw UserError(
          "cannot write '\(destination.path)': \(lastSystemError())",
          hint: errno == ENOSPC ? "free some space on that disk" : nil)
      }
      written += count
    }
  }

  /// Makes the file durable under its own name.
  func commit() throws {
    let flushed = fsync(descriptor) == 0
    let closed = close(descriptor) == 0
    descriptor = -1
    guard flushed, closed, rename(temporary, destination.path) == 0 else {
      let reason = lastSystemError()
      unlink(temporary)
      throw UserError("cannot write '\(destination.path)': \(reason)")
    }
    let folder = open(destination.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Writes `data` whole.
  static func write(_ data: Data, to url: URL) throws {
    let file = try AtomicFile(url)
    try data.withUnsafeBytes { try file.write($0) }
    try file.commit()
  }
}
