import Compute
import Corpora
import TestSupport
import Testing

@Suite struct BalancedBatchesTests {
  /// 23 examples of three classes of 17, 5 and 1.
  static let classes = (0..<23).map { Int32($0 < 17 ? 4 : $0 < 22 ? 0 : 7) }
  static let lengths = (0..<23).map { 1 + $0 * 7 % 11 }

  private func batches(seed: UInt64 = 3) throws -> BalancedBatches {
    try BalancedBatches(
      lengths: SequenceLengths(Self.lengths), classes: LongList(Self.classes), batch: 4, seed: seed,
      pool: 2)
  }

  @Test func everyClassIsDrawnEquallyOften() throws {
    var order = try batches()
    // 8 of each class, 24 in batches of 4.
    #expect(order.updatesPerEpoch == 6)
    for epoch in 0..<7 {
      let drawn = (0..<6).flatMap { order.batch(update: epoch * 6 + $0) }
      let counts = Dictionary(grouping: drawn) { Self.classes[$0] }.mapValues(\.count)
      #expect(counts == [4: 8, 0: 8, 7: 8])
    }
  }

  /// None is left out while others of its class come again.
  @Test func examplesOfAClassTakeTurns() throws {
    var order = try batches()
    let drawn = (0..<17 * 6).flatMap { order.batch(update: $0) }
    let counts = (0..<23).map { example in drawn.count { $0 == example } }
    #expect(counts[..<17].allSatisfy { $0 == 8 })
    #expect(counts[17..<22].reduce(0, +) == 136)
    #expect(counts[17..<22].allSatisfy { $0 == 27 || $0 == 28 })
  }

  @Test func batchesAreOrderedByLengthAndBySeedAlone() throws {
    var (order, again, other) = (try batches(), try batches(), try batches(seed: 4))
    for update in [40, 3, 3, 0, 17] {
      let rows = order.batch(update: update)
      #expect(zip(rows, rows.dropFirst()).allSatisfy { Self.lengths[$0] >= Self.lengths[$1] })
    }
    let all = (0..<12).map { order.batch(update: $0) }
    #expect(all == (0..<12).map { again.batch(update: $0) })
    #expect(all != (0..<12).map { other.batch(update: $0) })
    #expect(order.largestBatch.map { Self.lengths[$0] } == [11, 11, 10, 10])
  }
}
