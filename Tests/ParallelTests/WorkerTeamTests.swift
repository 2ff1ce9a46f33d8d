import Compute
import Foundation
import Parallel
import Testing

/// Plain memory, no atomics: what these tests share is ordered by the team's barriers alone, so the
/// thread sanitizer sees a barrier that lets one through (`make test-threads`).
@Suite struct WorkerTeamTests {
  /// Fewer workers than processors, as many, and more.
  private static let counts = [1, 2, 3, 5]

  @Test(arguments: counts)
  func everyWorkerRunsOnce(count: Int) {
    let team = WorkerTeam(count: count)
    let runs = AlignedBuffer<Int>(count: count)
    for _ in 0..<200 { team.run { worker in runs.base[worker.index] += 1 } }
    #expect(Array(runs.elements) == Array(repeating: 200, count: count))
  }

  /// Teams whose workers have not begun yet can be let go: Dispatch has 255 threads at most, and the
  /// last teams get none before the first have left.
  @Test func manyTeamsAtOnce() {
    var teams = (0..<300).map { _ in WorkerTeam(count: 2) }
    while teams.popLast() != nil {}
    let team = WorkerTeam(count: 2)
    let runs = AlignedBuffer<Int>(count: 2)
    team.run { worker in runs.base[worker.index] += 1 }
    #expect(Array(runs.elements) == [1, 1])
  }

  /// More than Dispatch has threads, and as many as anybody may ask for: all come, and meet.
  @Test(arguments: [65, 300, 4096])
  func manyWorkers(count: Int) throws {
    let team = try WorkerTeam.started(count: count)
    let runs = AlignedBuffer<Int>(count: count)
    let wrong = AlignedBuffer<Int>(count: count)
    for region in 1...3 {
      team.run { worker in
        runs.base[worker.index] += 1
        worker.barrier()
        if runs.base[(worker.index + 1) % count] != region { wrong.base[worker.index] += 1 }
        worker.barrier()
      }
    }
    #expect(runs.elements.allSatisfy { $0 == 3 })
    #expect(wrong.elements.allSatisfy { $0 == 0 })
  }

  #if os(Linux)
    @Test(arguments: [40, 400])
    func aThreadThatIsRefusedIsAnErrorThatNamesTheLimit(count: Int) async {
      // Root knows no limit of processes, but the address space of their stacks is one.
      await #expect(processExitsWith: .success) { [count] in
        let taken = (SystemMemory.field("VmSize", in: "/proc/self/status") ?? 0) * 1024
        let most = rlim_t(taken + 24 << 20)
        var limit = rlimit(rlim_cur: most, rlim_max: most)
        setrlimit(.init(RLIMIT_AS.rawValue), &limit)
        do {
          _ = try WorkerTeam.started(count: count)
          exit(3)
        } catch let error as UserError {
          guard error.message.contains("of \(count) was refused"),
            error.message.contains("RLIMIT_AS")
          else { fatalError("\(error)") }
        }
      }
    }
  #endif

  /// Everybody reads what everybody wrote before the barrier, phase after phase.
  @Test(arguments: counts)
  func barrierSeparatesPhases(count: Int) {
    let team = WorkerTeam(count: count)
    let values = AlignedBuffer<Int>(count: count)
    let wrong = AlignedBuffer<Int>(count: count)
    team.run { worker in
      for phase in 1...500 {
        values.base[worker.index] = phase
        worker.barrier()
        let sum = values.elements.reduce(0, +)
        if sum != phase * worker.count { wrong.base[worker.index] += 1 }
        worker.barrier()
      }
    }
    #expect(wrong.elements.allSatisfy { $0 == 0 })
  }

  /// Eight workers, more than many machines have processors, that come to each meeting after delays of
  /// their own: none, some microseconds of work, or a sleep. 10⁶ meetings with `UNROLL_LONG_TESTS`.
  @Test func barrierHoldsWithRandomDelays() {
    let isLong = ProcessInfo.processInfo.environment["UNROLL_LONG_TESTS"] != nil
    let (count, meetings) = (8, isLong ? 1_000_000 : 10_000)
    let team = WorkerTeam(count: count)
    let last = AlignedBuffer<Int>(count: count)
    let wrong = AlignedBuffer<Int>(count: count)
    let work = AlignedBuffer<UInt64>(count: count)
    team.run { worker in
      var state = UInt64(worker.index + 1) &* 0x9E37_79B9_7F4A_7C15
      for meeting in 1...meetings {
        // xorshift64
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        if state % 4_096 == 0 { usleep(UInt32((state >> 32) % 200)) }
        if state % 8 == 1 {
          for step in 0..<((state >> 32) % 2_000) { work.base[worker.index] &+= step }
        }
        last.base[worker.index] = meeting
        worker.barrier()
        for other in 0..<count where last.base[other] != meeting { wrong.base[worker.index] += 1 }
        worker.barrier()
      }
    }
    #expect(wrong.elements.allSatisfy { $0 == 0 })
    #expect(last.elements.allSatisfy { $0 == meetings })
  }

  /// What the caller wrote before a region is seen inside it, and the other way round.
  @Test(arguments: counts)
  func regionsAreOrdered(count: Int) {
    let team = WorkerTeam(count: count)
    let squares = AlignedBuffer<Int>(count: 64)
    let given = AlignedBuffer<Int>(count: 1)
    for round in 0..<100 {
      given.base[0] = round
      team.run { worker in
        for index in worker.share(of: 64) { squares.base[index] = index * index + given.base[0] }
      }
      #expect(squares.elements.enumerated().allSatisfy { $1 == $0 * $0 + round })
    }
  }

  @Test(arguments: counts, [0, 1, 2, 7, 64])
  func sharesTileTheWhole(count: Int, total: Int) {
    let team = WorkerTeam(count: count)
    let owners = AlignedBuffer<Int>(count: max(total, 1))
    team.run { worker in
      for index in worker.share(of: total) { owners.base[index] += worker.index + 1 }
    }
    let found = Array(owners.elements.prefix(total))
    #expect(found.allSatisfy { (1...count).contains($0) }, "each index has exactly one owner")
    #expect(found == found.sorted(), "shares are contiguous and in order")
  }

  /// Teams come and go; their threads do not stay behind waiting for a region.
  @Test func teamsEnd() throws {
    let before = try threadCount()
    for _ in 0..<50 {
      let team = WorkerTeam(count: 3)
      let done = AlignedBuffer<Int>(count: 3)
      team.run { worker in done.base[worker.index] = 1 }
      #expect(done.elements.allSatisfy { $0 == 1 })
    }
    // Those of Dispatch stay for others for a while, up to 64 of them; of 100 none may.
    var count = try threadCount()
    for _ in 0..<100 where count > before + 64 {
      usleep(20_000)
      count = try threadCount()
    }
    #expect(count <= before + 64)
  }

  private func threadCount() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
  }

  /// Denormals are zero inside a region, on every thread, and only there.
  @Test func denormalsAreFlushed() {
    let team = WorkerTeam(count: 3)
    let values = AlignedBuffer<Float>(count: 3)
    let small = AlignedBuffer<Float>(count: 1)
    small.base[0] = .leastNormalMagnitude
    team.run { worker in values.base[worker.index] = small.base[0] / 2 }
    #expect(values.elements.allSatisfy { $0.bitPattern == 0 })
    #expect(small.base[0] / 2 > 0)
  }
}
