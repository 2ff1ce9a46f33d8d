import Compute
import Foundation
import Parallel

/// The memory of this process.
package enum ProcessMemory {
  /// Most bytes resident at once since the process began, or since `resetPeak`; nil where the
  /// system does not tell.
  package static var peak: Int? {
    SystemMemory.field("VmHWM", in: "/proc/self/status").map { $0 * 1024 }
  }

  /// Bytes resident now.
  package static var resident: Int? {
    SystemMemory.field("VmRSS", in: "/proc/self/status").map { $0 * 1024 }
  }

  /// Gives freed memory back and lets `peak` start from what is left, where the system allows it.
  package static func resetPeak() {
    Allocator.purge()
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    try? file.write(contentsOf: Data("5".utf8))
    try? file.close()
  }

  /// Allocations above 14 KiB so far: every buffer is one. The threads of `team` are up to date.
  package static func largeAllocations(by team: WorkerTeam) -> Int {
    team.run { _ in Allocator.flushThreadCache() }
    return Allocator.largeAllocationCount
  }

  /// Bytes ever handed out to the threads of `team`, freed or not. Counting allocates nothing worth
  /// counting itself.
  package static func allocatedBytes(by team: WorkerTeam) -> Int {
    let bytes = AlignedBuffer<UInt64>(count: team.count)
    team.run { worker in bytes.base[worker.index] = Allocator.threadAllocatedBytes }
    return Int(bytes.elements.reduce(0, &+))
  }
}
