import Compute

/// The processors that this process may run on, in the order in which workers take them: cores that share a
/// last-level cache one after the other; behind all of them second threads of cores, which share the
/// multipliers of the first.
package struct ProcessorOrder: Sendable, Equatable {
  package let numbers: [Int]
  /// How many of them, from the first on, are cores of their own.
  package let coreCount: Int

  package static let current = ProcessorOrder(
    allowed: UsableCores.allowed, in: "/sys/devices/system/cpu")

  /// - Parameters:
  ///   - allowed: ascending.
  ///   - folder: as sysfs has it. Where it does not tell, each processor is a core, and all share one cache.
  package init(allowed: [Int], in folder: String) {
    func least(_ number: Int, _ name: String) -> Int? {
      KernelFile.text("\(folder)/cpu\(number)/\(name)").flatMap(UsableCores.numbers)?.first
    }
    var threads: [Int: Int] = [:]
    let places = allowed.map { number in
      let core = least(number, "topology/thread_siblings_list") ?? number
      let thread = threads[core, default: 0]
      threads[core] = thread + 1
      let cache =
        least(number, "cache/index3/shared_cpu_list")
        ?? least(number, "topology/package_cpus_list") ?? 0
      return (thread: thread, cache: cache, number: number)
    }
    numbers = places.sorted { ($0.thread, $0.cache, $0.number) < ($1.thread, $1.cache, $1.number) }
      .map(\.number)
    coreCount = threads.count
  }
}
