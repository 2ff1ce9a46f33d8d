import Testing
import Unroll

@Suite struct ArenaTests {
  /// After the first use, all matrices lie in one piece that is exactly large enough.
  @Test func holdsWhatTheLargestUseNeeds() {
    let arena = Arena<Float>()
    var most = 0
    for rows in [100, 7000, 50, 9000, 300] {
      arena.reset()
      for columns in [3, 300, 17] { _ = arena.matrix(rows: rows, columns: columns) }
      most = max(most, arena.bytesInUse)
    }
    arena.reset()
    #expect(arena.byteCount == most)
    #expect(arena.bytesInUse == 0)
  }

  @Test func bytesAreThoseOfPaddedRows() {
    let arena = Arena<Double>()
    let matrix = arena.matrix(rows: 8, columns: 3)
    #expect(arena.bytesInUse == 8 * matrix.stride * 8)
  }

  /// Sizes beyond all numbers are counted as what is beyond all memory: an estimate refuses them.
  @Test(arguments: [(Int.max / 2, 64), (Int.max / 16, 1), (1 << 31, 1 << 31)])
  func countsMoreThanThereIs(rows: Int, columns: Int) {
    let arena = Arena<Float>()
    _ = arena.matrix(rows: 3, columns: 5)
    for _ in 0..<3 { _ = arena.matrix(rows: rows, columns: columns) }
    #expect(arena.bytesInUse == .max)
  }

  /// What a recording writes to can be written to, whatever was counted before it.
  @Test func smallMatricesBehindHugeOnesAreThere() {
    let arena = Arena<Float>()
    for _ in 0..<2_000 {
      // 256 GiB: far more addresses in all than there are.
      _ = arena.matrix(rows: 1 << 26, columns: 1 << 10)
      let small = arena.matrix(rows: 2, columns: 3)
      small.assign([1, 2, 3, 4, 5, 6])
      #expect(small.values == [1, 2, 3, 4, 5, 6])
    }
    #expect(arena.bytesInUse > 2_000 << 38)
    arena.reset()
    arena.matrix(rows: 2, columns: 3).assign([1, 2, 3, 4, 5, 6])
  }

  /// Also those behind which the memory had to grow.
  @Test func matricesBeginAtCacheLines() {
    let arena = Arena<Float>()
    for columns in [3, 70_000, 5, 200_000, 17, 33] {
      #expect(Int(bitPattern: arena.matrix(rows: 3, columns: columns).base) % 64 == 0)
    }
  }
}

@Suite struct AlignedBufferTests {
  @Test(arguments: [0, 1, 1000, 1 << 20, (1 << 20) + 1])
  func isZeroAndAligned(count: Int) {
    let buffer = AlignedBuffer<Float>(count: count)
    #expect(buffer.elements.count == count && buffer.elements.allSatisfy { $0 == 0 })
    #expect(Int(bitPattern: buffer.base) % 64 == 0)
    // From 2 MiB on in whole huge pages.
    #expect(buffer.byteCount == (count > 1 << 20 ? 6 << 20 : 4 * count))
  }

  /// What no machine has is counted, as long as nobody touches it.
  @Test func moreThanThereIsCanBeCounted() {
    #expect(AlignedBuffer<Float>(count: 1 << 50).byteCount == 1 << 52)
    #expect(AlignedBuffer<Float>(count: 1 << 62).byteCount == Int.max)
  }

  /// In a process of its own, whose memory nobody else takes.
  @Test func untouchedMemoryIsNotTaken() async {
    await #expect(processExitsWith: .success) {
      let before = try #require(ProcessMemory.resident)
      let buffer = AlignedBuffer<Float>(count: 1 << 40)
      buffer.base[1 << 39] = 1
      let after = try #require(ProcessMemory.resident)
      #expect(after - before < 64 << 20)
      #expect(buffer.base[1 << 39] == 1)
    }
  }
}
