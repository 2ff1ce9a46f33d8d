/// The order in which the sums of leaves are added: a binary tree, in which leaves that have nothing are left
/// out.
package indirect enum LeafTree: Sendable {
  case leaf(Int)
  case sum(LeafTree, LeafTree)

  /// - Parameter leaves: a power of two of them; nil if none is there.
  package init?(_ leaves: Range<Int>, where isPresent: (Int) -> Bool) {
    guard leaves.count > 1 else {
      guard let leaf = leaves.first, isPresent(leaf) else { return nil }
      self = .leaf(leaf)
      return
    }
    let middle = leaves.lowerBound + leaves.count / 2
    let left = LeafTree(leaves.lowerBound..<middle, where: isPresent)
    let right = LeafTree(middle..<leaves.upperBound, where: isPresent)
    switch (left, right) {
    case (let left?, let right?): self = .sum(left, right)
    case (let one?, nil), (nil, let one?): self = one
    case (nil, nil): return nil
    }
  }

  /// Sums that wait at the same time, at the most.
  package var height: Int {
    switch self {
    case .leaf: 0
    case .sum(let left, let right): 1 + max(left.height, right.height)
    }
  }

  /// From the left.
  package var leaves: [Int] {
    switch self {
    case .leaf(let leaf): [leaf]
    case .sum(let left, let right): left.leaves + right.leaves
    }
  }
}
