import Compute
import Foundation

/// All bytes of a file as memory that is only read: mapped, so that a page is read when it is touched, or
/// a copy.
///
/// Sendable is unchecked because of the pointer: nothing writes after `init`.
package final class FileMemory: @unchecked Sendable {
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

  /// Bytes of a file that a pass through it leaves in memory, of which the system is told nothing: calls
  /// for each line would cost more than they bring. Tests make it small.
  @TaskLocal package static var least = 64 << 20

  /// Tells the system that bytes will be read soon, so that it brings them while others are worked on.
  func expect(_ range: Range<Int>) {
    guard isMapped, length > Self.least, !range.isEmpty else { return }
    let start = range.lowerBound / Self.page * Self.page
    advise(start..<range.upperBound, MADV_WILLNEED)
  }

  /// Tells the system that parts are read in no order: around a page that is missing it would read some
  /// hundred others, which is right for a pass and wrong for lines here and there.
  func expectNoOrder() {
    if isMapped, length > Self.least { advise(0..<length, MADV_RANDOM) }
  }

  private func advise(_ range: Range<Int>, _ advice: Int32) {
    madvise(UnsafeMutableRawPointer(mutating: base + range.lowerBound), range.count, advice)
  }

  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))

  deinit { if isMapped { munmap(UnsafeMutableRawPointer(mutating: base), length) } }
}
