import Corpora
import Testing

/// Orders that are computed: each number once, and none of them as another.
@Suite struct KeyedPermutationTests {
  @Test(arguments: [1, 2, 3, 5, 16, 17, 63, 64, 65, 1000, 4097])
  func everyNumberComesOnce(count: Int) {
    for epoch in 0..<3 {
      let order = KeyedPermutation(count: count, seed: 7, epoch: epoch, row: 2)
      #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
    }
  }

  /// As many as no array would hold.
  @Test func largeCountsStayInTheirRange() {
    let count = 3_000_000_000_017
    let order = KeyedPermutation(count: count, seed: 1, epoch: 0)
    let found = Set((0..<1_000).map { order[$0 * 2_999_999_999] })
    #expect(found.count == 1_000)
    #expect(found.allSatisfy { (0..<count).contains($0) })
  }

  @Test func seedEpochAndRowGiveOtherOrders() {
    let count = 500
    func order(_ seed: UInt64, _ epoch: Int, _ row: Int) -> [Int] {
      let order = KeyedPermutation(count: count, seed: seed, epoch: epoch, row: row)
      return (0..<count).map { order[$0] }
    }
    let orders = [order(1, 0, 0), order(2, 0, 0), order(1, 1, 0), order(1, 0, 1), order(1, 1, 1)]
    for (place, one) in orders.enumerated() {
      for other in orders[(place + 1)...] {
        // Of random orders about one number in 500 stands where it stood.
        #expect(zip(one, other).count { $0 == $1 } < 10)
      }
      #expect(zip(one, 0..<count).count { $0 == $1 } < 10)
    }
  }

  /// χ² of where numbers stand, over 4,000 keys: 6 degrees of freedom, far beyond chance from 22 on.
  @Test func allPlacesAreAboutEquallyLikely() {
    let count = 7
    var counts = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    for seed in 0..<4_000 {
      let order = KeyedPermutation(count: count, seed: UInt64(seed), epoch: 0)
      for place in 0..<count { counts[place][order[place]] += 1 }
    }
    let expected = 4_000.0 / Double(count)
    for row in counts {
      #expect(
        row.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected } < 28)
    }
  }
}
