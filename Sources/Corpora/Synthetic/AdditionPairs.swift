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
  private let permutation: KeyedPermutation

  /// Throws a usage `UserError` unless `digits` is 1 ... 9.
  package init(digits: Int, seed: UInt64) throws {
    guard (1...9).contains(digits) else {
      throw UserError.usage("--digits \(digits): expected 1 to 9")
    }
    self.digits = digits
    self.seed = seed
    let terms = (0..<digits).reduce(1) { power, _ in 10 * power }
    permutation = KeyedPermutation(
      count: terms * (terms + 1) / 2,
      rounds: (0..<KeyedPermutation.roundCount).map { Self.stream(seed, digits, round: $0) })
  }

  /// How many pairs there are.
  package var count: Int { permutation.count }

  /// - Parameter index: below `count`.
  package func pair(_ index: Int) -> (source: String, target: String) {
    precondition(index >= 0 && index < count, "pair \(index) of \(count)")
    let place = permutation[index]
    // The place-th of (0, 0), (0, 1), (1, 1), (0, 2), (1, 2), …
    var larger = Int((Double(8 * place + 1).squareRoot() - 1) / 2)
    while larger * (larger + 1) / 2 > place { larger -= 1 }
    while (larger + 1) * (larger + 2) / 2 <= place { larger += 1 }
    let smaller = place - larger * (larger + 1) / 2
    let isSwapped =
      Self.stream(seed, digits, round: 8).word(row: index >> 32, index: index & 0xFFFF_FFFF) & 1
      == 1
    let (first, second) = isSwapped ? (larger, smaller) : (smaller, larger)
    return ("\(first)+\(second)", "\(first + second)")
  }

  private static func stream(_ seed: UInt64, _ digits: Int, round: Int) -> RandomStream {
    // 4 is the purpose of generators; layers 101 … belong to this one.
    RandomStream(seed: seed, purpose: RandomPurpose(4, layer: 101 + round), update: digits)
  }
}
