import Compute

/// Permutations that depend on (seed, epoch, row) and on nothing else.
package enum Shuffle {
  /// Up to so many places an order is stored, in 4 bytes each; a longer one is computed place by place.
  package static let mostStored = 1 << 26

  /// A random order of 0 ..< `count`: Fisher & Yates, from the end; `KeyedPermutation` beyond `mostStored`.
  package static func order(
    _ count: Int, seed: UInt64, epoch: Int = 0, row: Int = 0, mostStored: Int = mostStored
  ) -> ShuffledOrder {
    guard count <= mostStored else {
      return .computed(KeyedPermutation(count: count, seed: seed, epoch: epoch, row: row))
    }
    let random = RandomStream(seed: seed, purpose: .shuffling, update: epoch)
    var order = Array(0..<Int32(count))
    for index in stride(from: count - 1, to: 0, by: -1) {
      // The high half of a product, not a remainder: uniform to 1 in 2³².
      let word = UInt64(random.word(row: row, index: index))
      order.swapAt(index, Int((word * UInt64(index + 1)) >> 32))
    }
    return .stored(order)
  }
}

/// What stands at each place of a shuffled order.
package enum ShuffledOrder: RandomAccessCollection, Sendable {
  case stored([Int32])
  case computed(KeyedPermutation)

  package var startIndex: Int { 0 }

  package var endIndex: Int {
    switch self {
    case .stored(let order): order.count
    case .computed(let order): order.count
    }
  }

  package subscript(place: Int) -> Int {
    switch self {
    case .stored(let order): Int(order[place])
    case .computed(let order): order[place]
    }
  }
}
