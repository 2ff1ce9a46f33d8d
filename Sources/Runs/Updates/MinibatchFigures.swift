import Autodiff

/// What the examples of an update gave, leaf by leaf.
package struct MinibatchFigures {
  private var sums: [Double?]
  /// Predictions that the mean is taken over.
  package private(set) var count = 0
  /// Time steps worked through.
  package private(set) var tokens = 0
  /// Rows of the minibatch with a loss that is no finite number, as far as their plans are known.
  private(set) var rowsNotFinite: Set<Int> = []

  package init(leaves: Int) { sums = Array(repeating: nil, count: leaves) }

  /// Takes in leaves that were recorded together, or one, and have run.
  ///
  /// - Parameters:
  ///   - leaves: those that have examples.
  ///   - group: all of them.
  ///   - rows: of the minibatch, for each row that was recorded.
  package mutating func add(
    _ recorded: RecordedMinibatch, leaves: [Int], of group: Range<Int>,
    rows: @autoclosure () -> [Int]
  ) {
    for leaf in leaves {
      sums[leaf] = recorded.losses.reduce(0) { $0 + $1.sum(ofLeaf: leaf - group.lowerBound) }
    }
    count += recorded.count
    tokens += recorded.tokens
    guard leaves.contains(where: { sums[$0]?.isFinite == false }) else { return }
    let rows = rows()
    for loss in recorded.losses {
      rowsNotFinite.formUnion(loss.rowsNotFinite.map { $0 < rows.count ? rows[$0] : $0 })
    }
  }

  /// What other processes have to know of the leaves of this one.
  func words(ofLeaves leaves: Range<Int>) -> [UInt64] {
    sums[leaves].flatMap { [$0 == nil ? 0 : 1, ($0 ?? 0).bitPattern] }
      + [UInt64(count), UInt64(tokens)] + rowsNotFinite.sorted().map { UInt64($0) }
  }

  /// Takes in the words of all processes, in their order.
  mutating func take(_ all: [[UInt64]]) {
    let own = sums.count / all.count
    (count, tokens) = (0, 0)
    for (rank, words) in all.enumerated() {
      for leaf in 0..<own where words[2 * leaf] == 1 {
        sums[rank * own + leaf] = Double(bitPattern: words[2 * leaf + 1])
      }
      count += Int(words[2 * own])
      tokens += Int(words[2 * own + 1])
      rowsNotFinite.formUnion(words[(2 * own + 2)...].map { Int($0) })
    }
  }

  /// The mean.
  package var loss: Double { (Leaves.sum(sums[...]) ?? 0) / Double(count) }
}
