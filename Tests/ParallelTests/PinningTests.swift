import Compute
import Foundation
import Parallel
import TestSupport
import Testing

/// Workers take cores that share a cache first, and second threads of cores last.
@Suite struct PinningTests {
  /// Two caches of two cores each, two threads a core: 0 and 4, 1 and 5 share the first cache.
  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for number in 0..<8 {
      for name in ["topology", "cache/index3"] {
        try FileManager.default.createDirectory(
          at: folder.file("cpu\(number)/\(name)"), withIntermediateDirectories: true)
      }
      let core = number % 4
      try folder.write("\(core),\(core + 4)\n", to: "cpu\(number)/topology/thread_siblings_list")
      let cache = core / 2 * 2
      try folder.write(
        "\(cache)-\(cache + 1),\(cache + 4)-\(cache + 5)\n",
        to: "cpu\(number)/cache/index3/shared_cpu_list")
    }
    return folder
  }

  @Test(
    arguments: [
      (Array(0..<8), [0, 1, 2, 3, 4, 5, 6, 7], 4),
      ([2, 3, 4, 5, 6], [4, 5, 2, 3, 6], 4),
      ([1, 5], [1, 5], 1),
      ([7], [7], 1),
    ] as [([Int], [Int], Int)])
  func coresComeBeforeTheirSecondThreads(allowed: [Int], order: [Int], cores: Int) throws {
    let folder = try Self.folder()
    let found = ProcessorOrder(allowed: allowed, in: folder.url.path)
    #expect(found.numbers == order)
    #expect(found.coreCount == cores)
  }

  @Test func aMachineThatTellsNothingHasOneCoreAProcessor() throws {
    let found = ProcessorOrder(allowed: [3, 5, 8], in: try TemporaryFolder().url.path)
    #expect(found.numbers == [3, 5, 8])
    #expect(found.coreCount == 3)
  }

  @Test func runningThreadsAreRead() {
    #expect(Affinity.running(in: "cpu 1 2\nprocs_running 3\nprocs_blocked 1\n") == 3)
    #expect(Affinity.running(in: "cpu 1 2\n") == nil)
  }

  #if os(Linux)
    /// A thread stays where it is kept, and its neighbours go where they like.
    @Test func threadsAreKept() throws {
      let allowed = UsableCores.allowed
      let last = try #require(allowed.last)
      let seen = Box()
      let thread = try OwnThread {
        Affinity.set([last])
        seen.own = Self.processorsOfThisThread
        Affinity.set(allowed)
        seen.back = Self.processorsOfThisThread
      }
      thread.join()
      #expect(seen.own == [last])
      #expect(seen.back == allowed)
      #expect(UsableCores.allowed == allowed)
    }

    /// All workers of a team but the first.
    @Test func workersAreKeptApart() throws {
      let allowed = UsableCores.allowed
      // The last processor for the last worker, so that a machine of one has one for all.
      let order = [allowed[0], allowed[0], allowed[allowed.count - 1]]
      let team = WorkerTeam(count: 3)
      let seen = (0..<3).map { _ in Box() }
      team.keep(on: order)
      team.run { seen[$0.index].own = Self.processorsOfThisThread }
      #expect(seen.map(\.own) == [allowed, [order[1]], [order[2]]])
    }

    private final class Box: @unchecked Sendable {
      // Sendable: written by one thread, and read once that has been joined or its region is over.
      var own: [Int]?
      var back: [Int]?
    }

    private static var processorsOfThisThread: [Int]? {
      let text = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
      let line = text?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
      return line?.split(separator: ":").last.flatMap { UsableCores.numbers(in: String($0)) }
    }
  #endif
}
