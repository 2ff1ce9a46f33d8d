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
