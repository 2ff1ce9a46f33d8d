#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for `count` elements, aligned for vectors, zero at first, freed with its owner.
///
/// From 2 MiB on it is mapped: physical memory, huge pages where there are any, comes with the first
/// touch, from the worker that touches it. So a model can be declared, and a minibatch recorded, only
/// to count what they would take. Buffers are made once and used for ever: a steady-state update of a model
/// makes none, but for what processes exchange of tables.
///
/// `@unchecked Sendable`: the address never changes after `init`; who may write which elements at
/// which time is decided by the owner (one worker a slice, barriers between phases).
package final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Element>
  package let count: Int
  private let mapping: MemoryMapping?

  /// Ends the process with a sentence and exit code 1 if the system refuses: estimates come before.
  package init(count: Int) {
    let (product, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    let bytes = overflow ? Int.max : max(product, 64)
    mapping = bytes >= MemoryMapping.hugePage ? MemoryMapping(byteCount: bytes) : nil
    let raw = mapping?.base ?? Self.allocate(bytes)
    base = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { if mapping == nil { free(base) } }

  /// Bytes that are taken once all elements have been touched.
  package var byteCount: Int { Self.byteCount(of: count) }

  /// Bytes that `count` elements will take: whole huge pages where they are mapped. Saturates.
  package static func byteCount(of count: Int) -> Int {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    if overflow { return .max }
    return bytes < MemoryMapping.hugePage ? bytes : MemoryMapping.wholePages(bytes)
  }

  /// Gives back the memory of some elements, whose values no longer matter, as far as it is mapped: they are
  /// zero again, or as they were. Others are not touched.
  package func discard(_ range: Range<Int>) { mapping?.discard(bytes(range)) }

  /// Says that of these elements few will be touched, far from each other: no huge pages for them.
  package func expectFew(_ range: Range<Int>) { mapping?.expectFew(bytes(range)) }

  /// Deals its pages to some memory nodes in turn, as far as it is mapped; its values stay.
  package func interleave(over nodes: [Int]) { mapping?.interleave(over: nodes) }

  private func bytes(_ range: Range<Int>) -> Range<Int> {
    let stride = MemoryLayout<Element>.stride
    return range.lowerBound * stride..<range.upperBound * stride
  }

  package var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    var raw: UnsafeMutableRawPointer?
    guard posix_memalign(&raw, 64, bytes) == 0, let raw else { SystemMemory.refuse(bytes) }
    memset(raw, 0, bytes)
    return raw
  }
}
