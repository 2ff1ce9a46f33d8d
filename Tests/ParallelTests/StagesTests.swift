import Parallel
import Synchronization
import Testing

/// What goes on beside a region.
@Suite struct StagesTests {
  /// Whoever waits for a stage sees what all threads have written in it, update after update, and what is done when
  /// it is waited for is not waited for.
  @Test(arguments: [1, 3]) func allHaveDoneAStage(threads: Int) {
    let stages = Stages(count: 5, threads: threads)
    let courier = RankCourier()
    let team = WorkerTeam(count: threads)
    nonisolated(unsafe) let written = UnsafeMutablePointer<Int>.allocate(capacity: 5 * threads)
    written.initialize(repeating: -1, count: 5 * threads)
    defer { written.deallocate() }
    let seen = Mutex<[Int]>([])
    for update in 0..<50 {
      stages.begin()
      courier.start {
        for stage in 0..<5 {
          stages.wait(for: stage)
          let numbers = (0..<threads).map { written[stage * threads + $0] }
          seen.withLock { $0 += numbers }
        }
      }
      team.run { worker in
        for stage in 0..<5 {
          written[stage * threads + worker.index] = update
          stages.finish(stage)
        }
      }
      courier.wait()
      for stage in 0..<5 { stages.wait(for: stage) }
    }
    #expect(
      seen.withLock { $0 } == (0..<50).flatMap { Array(repeating: $0, count: 5 * threads) })
  }

  /// Sums that the courier forms are those of a region: what is too small for a normal number is zero.
  @Test func sumsRoundAsInARegion() {
    let courier = RankCourier()
    let sums = Mutex<[UInt32]>([])
    let terms = [Float.leastNormalMagnitude * 1.5, -Float.leastNormalMagnitude]
    courier.start {
      let sum = terms.reduce(0, +)
      sums.withLock { $0.append(sum.bitPattern) }
    }
    courier.wait()
    WorkerTeam(count: 1).run { _ in
      let sum = terms.reduce(0, +)
      sums.withLock { $0.append(sum.bitPattern) }
    }
    #expect(sums.withLock { $0[0] == $0[1] })
    #expect(terms.reduce(0, +) != 0)
    #expect(sums.withLock { Float(bitPattern: $0[0]) == 0 })
  }
}
