import Compute
import Foundation

/// A whole file as read-only memory; pages are read when they are touched.
///
/// A file that another process cuts short *while it is mapped* raises SIGBUS when the lost part is
/// touched. Files written through `AtomicFile` are replaced, never changed in place, so a mapping
/// of the old one stays whole.
///
/// Sendable is unchecked because of the pointer: the memory is mapped read-only, never remapped,
/// and unmapped only when nobody holds the object any more.
final class MappedFile: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer

  /// Throws a `UserError` if `url` is not a regular file that can be read.
  init(_ url: URL) throws {
    let (file, status) = try RegularFile.open(url)
    defer { try? FileSystem.close(file) }
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = try UserError.naming("read", url) { try FileSystem.map(file, count: count) }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
