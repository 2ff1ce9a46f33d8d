import Compute

/// The parts of a minibatch whose gradients are formed each alone and then added in one binary tree: as many
/// processes as divide them form the same bits as one.
///
/// Their number is part of what a run computes and never follows from the machine: sums of another number of
/// parts are rounded otherwise.
package struct Leaves: Sendable, Equatable {
  /// A power of two.
  package let count: Int
  /// Those that this process forms.
  package let own: Range<Int>
  /// To which sums of gradients are rounded: that of each leaf, and each sum of the tree. In bf16 processes
  /// send each other half the bytes.
  package let sums: Precision
  /// How many are in memory at a time, where a model can record several together.
  private let together: Int

  package static let one = Leaves(count: 1)

  /// - Parameters:
  ///   - rank: of the process among `ranks`, which divide the leaves.
  ///   - together: a power of two; nil: all.
  package init(
    count: Int, rank: Int = 0, of ranks: Int = 1, sums: Precision = .f32, together: Int? = nil
  ) {
    precondition(count > 0 && count & (count - 1) == 0, "\(count) leaves")
    precondition(count % ranks == 0, "\(count) leaves for \(ranks) ranks")
    self.count = count
    self.sums = sums
    own = rank * count / ranks..<(rank + 1) * count / ranks
    self.together = min(together ?? count, own.count)
  }

  /// Those that are recorded together: aligned subtrees, one after the other.
  package var groups: [Range<Int>] {
    stride(from: own.lowerBound, to: own.upperBound, by: together).map { $0..<$0 + together }
  }

  /// Copies of the gradients that are kept beside them: sums that wait (`LeafSums`), and what processes send
  /// each other (`RankExchange`).
  package var memoryCopies: Int {
    let mail = own.count < count ? (sums == .bf16 ? 2 : 1) : 0
    return count > 1 ? own.count.trailingZeroBitCount + mail : 0
  }

  /// Deals the examples of a minibatch, longest first, to the leaves in turn, 0 … L-1, L-1 … 0, and so on, so
  /// that all have about as many tokens, and gives those of one leaf: none where there are too few.
  package static func deal<Example>(
    _ examples: [Example], to leaf: Int, of count: Int
  ) -> [Example] {
    stride(from: 0, to: examples.count, by: 2 * count).flatMap { round in
      [round + leaf, round + 2 * count - 1 - leaf].filter { $0 < examples.count }.map {
        examples[$0]
      }
    }
  }

  /// The leaf of each example of a minibatch, as `deal` has it.
  package static func owners(of examples: Int, among count: Int) -> [Int] {
    (0..<examples).map { example in
      let turn = example % (2 * count)
      return turn < count ? turn : 2 * count - 1 - turn
    }
  }

  /// The examples of a minibatch that this process forms gradients of.
  package func own<Example>(of examples: [Example]) -> [Example] {
    guard own.count < count else { return examples }
    return zip(examples, Self.owners(of: examples.count, among: count))
      .filter { own ~= $1 }.map(\.0)
  }

  /// The sum of what leaves gave, in the order of the tree; what is nil is left out. Nil if all are.
  ///
  /// - Parameter values: of a power of two of leaves.
  package static func sum(_ values: ArraySlice<Double?>) -> Double? {
    guard values.count > 1 else { return values.first ?? nil }
    let half = values.startIndex + values.count / 2
    switch (sum(values[..<half]), sum(values[half...])) {
    case (let left?, let right?): return left + right
    case (let left, let right): return left ?? right
    }
  }
}
