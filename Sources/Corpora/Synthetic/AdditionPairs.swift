import Compute

/// Sums to be written digit by digit: `12+345` → `357`.
///
/// Both terms are uniform in 0 ..< 10ᵈ. No two pairs have the same terms, in either order: what is held
/// out was never seen. Pair `index` depends on (digits, seed, index) only; the seed permutes all
/// pairs of terms there are, so that distinct indices are distinct pairs.
///
/// Source: Zaremba & Sutskever, "Learning to Execute" (2014); the reversal of the source is left to
/// the model that reads it.
package struct AdditionPairs: Sendable {
  /// Of the larger term at most.
  package let digits: Int
  package let seed: UInt64

  /// Throws a usage `UserError` unless `digits` is 1 ... 9.
  package init(digits: Int, seed: UInt64) throws {
    guard (1...9).contains(digits) else {
      throw UserError.usage("--digits \(digits): expected 1 to 9")
    }
    self.digits = digits
    self.seed = seed
  }

  /// 10ᵈ.
  private var termCount: Int { (0..<digits).reduce(1) { power, _ in 10 * power } }

  /// How many pairs there are.
  package var count: Int { termCount * (termCount + 1) / 2 }

  /// - Parameter index: below `count`.
  package func pair(_ index: Int) -> (source: String, target: String) {
    precondition(index >= 0 && index < count, "pair \(index) of \(count)")
    let place = permuted(index)
    // The place-th of (0, 0), (0, 1), (1, 1), (0, 2), (1, 2), …
    var larger = Int((Double(8 * place + 1).squareRoot() - 1) / 2)
    while larger * (larger + 1) / 2 > place { larger -= 1 }
    while (larger + 1) * (larger + 2) / 2 <= place { larger += 1 }
    let smaller = place - larger * (larger + 1) / 2
    let isSwapped = stream(round: 8).word(row: index >> 32, index: index & 0xFFFF_FFFF) & 1 == 1
    let (first, second) = isSwapped ? (larger, smaller) : (smaller, larger)
    return ("\(first)+\(second)", "\(first + second)")
  }

  /// A permutation of 0 ..< `count`: a Feistel network over the next even number of bits, walked
  /// until it leads back into the range.
  private func permuted(_ index: Int) -> Int {
    let bits = max(1, (Int.bitWidth - (count - 1).leadingZeroBitCount + 1) / 2)
    let mask = 1 << bits - 1
    var place = index
    repeat {
      var (left, right) = (place >> bits, place & mask)
      for round in 0..<8 {
        (left, right) = (right, left ^ Int(stream(round: round).word(row: 0, index: right)) & mask)
      }
      place = left << bits | right
    } while place >= count
    return place
  }

  private func stream(round: Int) -> RandomStream {
    // 4 is the purpose of generators; layers 101 … belong to this one.
    RandomStream(seed: seed, purpose: RandomPurpose(4, layer: 101 + round), update: digits)
  }
}
