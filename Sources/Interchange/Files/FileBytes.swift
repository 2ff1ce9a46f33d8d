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

  /// What is in a file that may be compressed with gzip, zstd or xz.
  static func unpacked(_ url: URL) throws -> FileBytes {
    let file = try FileBytes(url)
    guard Compression(file.bytes.prefix(Compression.markLength)) != nil else { return file }
    return FileBytes(holding: try UnpackedFile.open(url).rest())
  }

  private init(holding content: [UInt8]) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 64)
    buffer.copyBytes(from: content)
    bytes = UnsafeRawBufferPointer(buffer)
  }

  deinit { bytes.deallocate() }
}
