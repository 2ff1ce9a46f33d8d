import CSystem
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Anonymous memory of the process: zero, and without physical memory until it is touched.
///
/// More than any machine has gets an address that faults when it is touched: what it would take can
/// still be counted, and refused in words.
final class MemoryMapping: @unchecked Sendable {
  // Sendable: nothing changes after `init`.
  let base: UnsafeMutableRawPointer
  private let start: UnsafeMutableRawPointer?
  private let length: Int

  /// A boundary of huge pages, where mappings begin.
  static var hugePage: Int { 2 << 20 }
  private static let made = Atomic<Int>(0)
  /// Mappings made so far.
  static var count: Int { made.load(ordering: .relaxed) }

  /// Rounded up to whole huge pages. Saturates.
  static func wholePages(_ byteCount: Int) -> Int {
    let (sum, overflow) = byteCount.addingReportingOverflow(hugePage - 1)
    return overflow ? .max : sum & ~(hugePage - 1)
  }

  init(byteCount: Int) {
    Self.made.add(1, ordering: .relaxed)
    guard byteCount < 1 << 44 else {
      (start, length) = (nil, 0)
      base = UnsafeMutableRawPointer(bitPattern: 64)!
      return
    }
    // Whole pages, so that the advice below never covers a neighbour, and room to align.
    let size = Self.wholePages(byteCount)
    length = size + Self.hugePage
    let address = mmap(
      nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0)
    guard let address, address != UnsafeMutableRawPointer(bitPattern: -1) else {
      SystemMemory.refuse(byteCount)
    }
    start = address
    base = address.alignedUp(toMultipleOf: Self.hugePage)
    #if os(Linux)
      madvise(base, size, 14 /* MADV_HUGEPAGE */)
    #endif
  }

  /// Gives back the memory of the whole pages in a range of bytes: they are zeros again.
  func discard(_ bytes: Range<Int>) { advise(bytes, MADV_DONTNEED) }

  /// Has a range of bytes take memory page by page, since few of its numbers will be touched.
  func expectFew(_ bytes: Range<Int>) {
    #if os(Linux)
      advise(bytes, 15 /* MADV_NOHUGEPAGE */)
    #endif
  }

  /// Deals its pages to memory nodes in turn, those too that have been touched; their values stay.
  func interleave(over nodes: [Int]) {
    guard start != nil else { return }
    BitMask(nodes).words.withUnsafeBytes {
      interleave_memory(base, length - Self.hugePage, $0.baseAddress, 8 * $0.count)
    }
  }

  private func advise(_ bytes: Range<Int>, _ advice: Int32) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (bytes.lowerBound + page - 1) / page * page
    let end = bytes.upperBound / page * page
    if start != nil, first < end { madvise(base + first, end - first, advice) }
  }

  deinit { if let start { munmap(start, length) } }
}
