#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for `count` elements, aligned for vectors, zero at first, freed with its owner.
///
/// From 2 MiB on it starts on a huge-page boundary and the kernel is asked for huge pages. Buffers
/// are made once and used for ever: nothing in a steady-state update allocates one.
///
/// `@unchecked Sendable`: the address never changes after `init`; who may write which elements at
/// which time is decided by the owner (one worker a slice, barriers between phases).
package final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Element>
  package let count: Int

  /// Ends the process with a sentence and exit code 1 if the system refuses: estimates come before.
  ///
  /// - Parameter isTouched: writes zeros now. Otherwise pages of a large buffer are first touched,
  ///   and placed in memory, by the worker that uses them.
  package init(count: Int, isTouched: Bool = true) {
    let (product, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow, product < Int.max - Self.hugePage else { SystemMemory.refuse(.max) }
    let bytes = max(product, 64)
    let isHuge = bytes >= Self.hugePage
    let alignment = isHuge ? Self.hugePage : 64
    // Whole pages, so that the advice below never covers a neighbour.
    let size = isHuge ? (bytes + alignment - 1) & ~(alignment - 1) : bytes
    var raw: UnsafeMutableRawPointer?
    let status = posix_memalign(&raw, alignment, size)
    guard status == 0, let raw else { SystemMemory.refuse(size) }
    #if os(Linux)
      if isHuge { madvise(raw, size, 14 /* MADV_HUGEPAGE */) }
    #endif
    if isTouched { memset(raw, 0, size) }
    base = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { free(base) }

  package var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  private static var hugePage: Int { 2 << 20 }
}
