import Testing
import TestSupport
import Unroll

/// A steady-state update allocates bookkeeping only, and nothing stays behind. Counted by the
/// allocator itself, on every thread.
///
/// Each test runs in a process of its own: some counters are the whole process's.
@Suite struct AllocationTests {
  /// At most 64 KiB on all threads together, and no allocation above 14 KiB.
  @Test func anUpdateAllocatesBookkeepingOnly() async {
    await #expect(processExitsWith: .success) {
      for cell in Cells.all { expectBookkeepingOnly(AllocationTests.shape(cell)) }
      var ragged = AllocationTests.shape(.lstm)
      ragged.lengths = 10...100
      expectBookkeepingOnly(ragged)
      var large = AllocationTests.shape(.lstm)
      (large.vocabulary, large.batch, large.steps) = (2000, 10, 20)
      expectBookkeepingOnly(large)
    }
  }

  @Test(.enabled(if: InstructionSet.supportsBF16, "no bf16 dot product here"))
  func anUpdateInBF16AllocatesBookkeepingOnly() async {
    await #expect(processExitsWith: .success) {
      for cell in Cells.all { expectBookkeepingOnly(AllocationTests.shape(cell), .bf16) }
    }
  }

  /// The counters see an allocation when there is one.
  @Test func countersCount() async {
    await #expect(processExitsWith: .success) {
      let team = WorkerTeam(count: 2)
      let bytes = ProcessMemory.allocatedBytes(by: team)
      let large = ProcessMemory.largeAllocations(by: team)
      team.run { _ in
        let buffer = AlignedBuffer<UInt8>(count: 100_000)
        buffer.base[0] = 1
      }
      let (bytesAfter, largeAfter) = (
        ProcessMemory.allocatedBytes(by: team), ProcessMemory.largeAllocations(by: team)
      )
      #expect(bytesAfter - bytes >= 200_000)
      #expect(largeAfter - large == 2)
    }
  }

  /// 1,000 updates leave as much memory in use as there was before, to 16 bytes an update.
  @Test func memoryIsFlat() async {
    await #expect(processExitsWith: .success) {
      let shape = ThroughputShape(
        vocabulary: 13, embedding: 9, hidden: 20, layers: 2, batch: 6, steps: 5, lengths: 1...5)
      let benchmark = ThroughputBenchmark(shape, team: WorkerTeam(count: 2))
      for _ in 0..<100 { _ = benchmark.update() }
      let (allocated, resident) = (Allocator.allocatedBytes, ProcessMemory.resident)
      for _ in 0..<1000 { _ = benchmark.update() }
      #expect(Allocator.allocatedBytes - allocated < 16_000)
      if let before = resident, let after = ProcessMemory.resident {
        #expect(after - before < 1 << 20, "\(before) bytes resident before, \(after) after")
      }
    }
  }

  static func shape(_ cell: any Cell) -> ThroughputShape {
    ThroughputShape(
      name: cell.name, cell: cell, vocabulary: 65, embedding: 64, hidden: 64, layers: 2,
      batch: 32, steps: 64)
  }
}

private func expectBookkeepingOnly(_ shape: ThroughputShape, _ precision: Precision = .f32) {
  let team = WorkerTeam(count: 2)
  let benchmark = ThroughputBenchmark(shape, team: team, precision: precision)
  for _ in 0..<2 * ThroughputBenchmark.minibatchCount { _ = benchmark.update() }
  let updates = ThroughputBenchmark.minibatchCount
  let large = ProcessMemory.largeAllocations(by: team)
  let before = ProcessMemory.allocatedBytes(by: team)
  for _ in 0..<updates { _ = benchmark.update() }
  let bytes = (ProcessMemory.allocatedBytes(by: team) - before) / updates
  // Read before anything is expected: the first expectation of a process allocates a lot.
  let buffers = ProcessMemory.largeAllocations(by: team) - large
  #expect(bytes <= 64 << 10, "\(shape.name), \(precision): \(bytes) bytes an update")
  #expect(buffers == 0, "\(shape.name), \(precision)")
}
