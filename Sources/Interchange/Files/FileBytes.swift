import Compute
import Foundation

/// All bytes of a file in memory.
///
/// Sendable is unchecked because of the pointer: nothing writes after `init`.
final class FileBytes: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer

  /// Throws a `UserError` if `url` is not a regular file that can be read.
  init(_ url: URL) throws {
    let file = try RegularFile(url)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: file.count, alignment: 64)
    bytes = UnsafeRawBufferPointer(buffer)
    try file.read(into: buffer, at: 0)
  }

  deinit { bytes.deallocate() }
}
