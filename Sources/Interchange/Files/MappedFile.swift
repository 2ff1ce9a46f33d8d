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
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UserError.cannot("read", url, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw UserError.cannot("read", url, code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw UserError.cannot("read", url, code: EISDIR)
      }
      throw UserError("cannot read '\(url.relativePath)': it is not a regular file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { throw UserError.cannot("read", url, code: errno) }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
