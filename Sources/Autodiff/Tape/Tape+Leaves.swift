import Compute
import Parallel

// A leaf is a part of a minibatch whose gradients are formed as if it were alone, and added to those of the
// others. What it has to know of them: how many there are of what a loss is the mean of, and to draw other
// numbers.
//
// Leaves may be recorded one at a time, or together, in one layout whose rows know their leaf: a row's values
// are the same either way, and the ledger takes note of whose rows owe what.

/// Leaves that are recorded together.
struct LeafDivision {
  let leaves: Range<Int>
  /// The leaf of each example, counted from the first.
  let owners: [Int32]
  /// False once something was recorded that does not tell leaves apart.
  var isComplete = true
}

extension Tape {
  /// Divides what will be recorded among `leaves`. Right after `begin`.
  ///
  /// - Parameter owners: the leaf of each example, in the order of the plans that `examplePlan` makes.
  public func divide(among leaves: Range<Int>, _ owners: [Int]) {
    division = LeafDivision(
      leaves: leaves, owners: owners.map { Int32($0 - leaves.lowerBound) })
  }

  /// Whether each leaf owes what it would owe alone: all that was recorded tells them apart.
  package var isDivided: Bool { division?.isComplete ?? false }

  /// The leaves that have examples.
  package var dividedLeaves: [Int] {
    guard let division else { return [] }
    return Set(division.owners).sorted().map { Int($0) + division.leaves.lowerBound }
  }

  /// A plan of one row for each example of the minibatch, in its order.
  public func examplePlan(_ layout: SequenceLayout) -> RowPlan {
    guard let division else { return plan(layout) }
    precondition(
      layout.rowCount == division.owners.count,
      "\(layout.rowCount) rows, \(division.owners.count) examples")
    return RowPlan(layout, workers: workers, leaves: division.owners, of: division.leaves.count)
  }

  /// Notes what `rows` owe; nil: rows that do not know their leaves.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func owe(_ debt: Debt<S>, to parameter: Parameter<S>, rows: LeafRows?) {
    guard isTraining else { return }
    if division != nil, rows == nil || !debt.isDivisible { division?.isComplete = false }
    ledger.owe(debt, of: rows, to: parameter)
  }

  /// How many the whole minibatch has of what the recorded part has `count`: what the mean of a loss is over.
  /// A minibatch that is recorded whole has `count`.
  ///
  /// All parts of a minibatch ask the same questions in the same order.
  public func total(of count: Int) -> Int {
    counts.append(count)
    guard let totals else { return count }
    precondition(counts.count <= totals.count, "parts of a minibatch ask for different counts")
    return totals[counts.count - 1]
  }

  /// Keys random numbers that are drawn by rows or tokens, which are counted anew in each leaf. Numbers that
  /// the whole minibatch shares, such as masks of weights, go by `seed`.
  ///
  /// Whoever takes it draws for all rows alike, so that leaves recorded together are told apart no longer.
  public func takeRowSeed() -> UInt64 {
    division?.isComplete = false
    return seed(ofLeaf: leaf)
  }

  func seed(ofLeaf leaf: Int) -> UInt64 { seed &+ UInt64(leaf) &* 0x9E37_79B9_7F4A_7C15 }

  /// The losses of one leaf, of those recorded together. After the region.
  package func loss(ofLeaf leaf: Int) -> Double {
    let place = leaf - (division?.leaves.lowerBound ?? 0)
    return losses.reduce(0) { $0 + $1.scale * $1.sum(ofLeaf: place) }
  }
}

extension Loss {
  private var leafRows: LeafRows? {
    terms.rows == plan?.layout.tokenCount ? plan?.leafTokens : plan?.leafRows
  }

  /// Whether its terms know their leaves.
  var isDivided: Bool { leafRows?.lists.reduce(0) { $0 + $1.count } == terms.rows }

  /// The terms of a leaf, counted from the first of those recorded together; all of a leaf that is alone.
  package func sum(ofLeaf leaf: Int) -> Double {
    leafRows.map { Self.sum(of: terms, $0.lists[leaf]) } ?? sum
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func sum(of terms: Matrix<S>, _ rows: [Int32]) -> Double {
    var sum = 0.0
    for row in rows { sum += Double(terms[Int(row), 0]) }
    return sum
  }
}
