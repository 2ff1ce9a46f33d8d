import Compute

/// Permutations that depend on (seed, epoch, row) and on nothing else.
package enum Shuffle {
  /// A random order of 0 ..< `count`: Fisher & Yates, from the end.
  package static func order(_ count: Int, seed: UInt64, epoch: Int = 0, row: Int = 0) -> [Int] {
    let random = RandomStream(seed: seed, purpose: .shuffling, update: epoch)
    var order = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) {
      // The high half of a product, not a remainder: uniform to 1 in 2³².
      let word = UInt64(random.word(row: row, index: index))
      order.swapAt(index, Int((word * UInt64(index + 1)) >> 32))
    }
    return order
  }
}
