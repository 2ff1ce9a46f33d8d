import Compute
import Foundation

/// All bytes of a file as memory that is only read: mapped, so that a page is read when it is touched, or
/// a copy.
///
/// Sendable is unchecked because of the pointer: nothing writes after `init`.
final class FileMemory: @unchecked Sendable {
  let base: UnsafeRawPointer
  let isMapped: Bool
  private let length: Int
  private let copy: AlignedBuffer<UInt8>?

  /// - Parameter file: not empty.
  init(_ file: InputFile, isMapped: Bool) throws {
    self.isMapped = isMapped
    length = file.length
    if isMapped {
      base = try file.map()
      copy = nil
    } else {
      let buffer = AlignedBuffer<UInt8>(count: length)
      base = UnsafeRawPointer(buffer.base)
      copy = buffer
      file.seek(to: 0)
      _ = try file.fill(UnsafeMutableRawBufferPointer(start: buffer.base, count: length))
    }
  }

  /// Tells the system that bytes will be read soon, so that it brings them while others are worked on.
  func expect(_ range: Range<Int>) {
    guard isMapped, !range.isEmpty else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = range.lowerBound / page * page
    madvise(
      UnsafeMutableRawPointer(mutating: base + start), range.upperBound - start, MADV_WILLNEED)
  }

  deinit { if isMapped { munmap(UnsafeMutableRawPointer(mutating: base), length) } }
}
