import Compute

/// A permutation of 0 ..< `count` that is computed and not stored: what stands at a place follows from the
/// key and the place alone, however many there are.
///
/// A Feistel network of eight rounds over the next even number of bits, walked until it leads back into
/// the range: at most four times on average. Cost: some 0.1 µs a walk.
///
/// Source: Black & Rogaway, "Ciphers with Arbitrary Finite Domains" (2002).
package struct KeyedPermutation: Sendable {
  package let count: Int
  private let rounds: [RandomStream]
  private let bits: Int

  static let roundCount = 8

  /// - Parameter rounds: the keys, one a round.
  init(count: Int, rounds: [RandomStream]) {
    precondition(count > 0 && rounds.count == Self.roundCount)
    self.count = count
    self.rounds = rounds
    bits = max(1, (Int.bitWidth - (count - 1).leadingZeroBitCount + 1) / 2)
  }

  /// - Parameters:
  ///   - count: at least 1.
  ///   - row: tells permutations of one epoch apart, from 0.
  package init(count: Int, seed: UInt64, epoch: Int, row: Int = 0) {
    self.init(
      count: count,
      rounds: (0..<Self.roundCount).map { round in
        // 5 is the purpose of shuffling; layer 0 belongs to `Shuffle`.
        RandomStream(
          seed: seed, purpose: RandomPurpose(5, layer: 1 + Self.roundCount * row + round),
          update: epoch)
      })
  }

  /// What stands at a place; both are in 0 ..< `count`.
  package subscript(index: Int) -> Int {
    precondition(index >= 0 && index < count, "\(index) outside 0..<\(count)")
    let mask = 1 << bits - 1
    var place = index
    repeat {
      var (left, right) = (place >> bits, place & mask)
      for round in rounds {
        (left, right) = (right, left ^ Int(round.word(row: 0, index: right)) & mask)
      }
      place = left << bits | right
    } while place >= count
    return place
  }
}
