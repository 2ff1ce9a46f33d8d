#if JEMALLOC
  import CJemalloc
#endif

/// The process's allocator, asked through its own control interface. All counts are 0 with the
/// system's, which has none.
package enum Allocator {
  /// Name and version.
  package static var description: String {
    var version: UnsafePointer<CChar>?
    var size = MemoryLayout.size(ofValue: version)
    guard mallctl("version", &version, &size, nil, 0) == 0, let version else { return "system" }
    return "jemalloc " + String(cString: version).split(separator: "-")[0]
  }

  /// Bytes handed out to the program and not yet given back, over all threads.
  package static var allocatedBytes: Int { statistic("stats.allocated") }

  /// Bytes ever handed out to the calling thread, freed or not.
  package static var threadAllocatedBytes: UInt64 {
    var value: UInt64 = 0
    var size = MemoryLayout.size(ofValue: value)
    guard mallctl("thread.allocated", &value, &size, nil, 0) == 0 else { return 0 }
    return value
  }

  /// Allocations so far that were too large for the small size classes: above 14 KiB, so every
  /// buffer is one of them, mapped ones included. Over all threads, each as of its last
  /// `flushThreadCache`.
  package static var largeAllocationCount: Int {
    statistic("stats.arenas.\(allArenas).large.nmalloc") + MemoryMapping.count
  }

  /// Hands in what the calling thread keeps for its next allocations, and its counts.
  package static func flushThreadCache() { _ = mallctl("thread.tcache.flush", nil, nil, nil, 0) }

  /// Gives freed memory back to the system now, instead of after a while.
  package static func purge() { _ = mallctl("arena.\(allArenas).purge", nil, nil, nil, 0) }

  /// MALLCTL_ARENAS_ALL.
  private static let allArenas = 4096

  private static func statistic(_ name: String) -> Int {
    var epoch: UInt64 = 1
    // Statistics are snapshots; writing the epoch takes a new one.
    _ = mallctl("epoch", nil, nil, &epoch, MemoryLayout<UInt64>.size)
    var value = 0
    var size = MemoryLayout.size(ofValue: value)
    guard mallctl(name, &value, &size, nil, 0) == 0 else { return 0 }
    return value
  }
}

#if !JEMALLOC
  /// Knows no name.
  private func mallctl(
    _ name: String, _ old: UnsafeMutableRawPointer?, _ oldSize: UnsafeMutablePointer<Int>?,
    _ new: UnsafeMutableRawPointer?, _ newSize: Int
  ) -> Int32 { 2 }
#endif
