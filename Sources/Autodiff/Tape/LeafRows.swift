import Compute

/// Which rows belong to which of the leaves that are recorded together.
///
/// A leaf's rows keep their order, so that a row's place among them is its number in a minibatch of the leaf
/// alone.
package final class LeafRows: Sendable {
  /// The rows of each leaf, ascending; none of a leaf without examples.
  package let lists: [[Int32]]
  /// Leaves that have rows, ascending.
  package let present: [Int]
  private let leaves: [Int32]
  private let places: [Int32]

  /// - Parameters:
  ///   - leaves: that of each row.
  ///   - count: of the leaves.
  init(_ leaves: [Int32], of count: Int) {
    var lists = [[Int32]](repeating: [], count: count)
    self.leaves = leaves
    places = leaves.enumerated().map { row, leaf in
      lists[Int(leaf)].append(Int32(row))
      return Int32(lists[Int(leaf)].count - 1)
    }
    self.lists = lists
    present = lists.indices.filter { !lists[$0].isEmpty }
  }

  /// The leaf's rows of a matrix that has as many for each leaf that is present, one below the other.
  func part<S>(of matrix: Matrix<S>, _ leaf: Int) -> Matrix<S> {
    let count = matrix.rows / present.count
    let place = present.firstIndex(of: leaf) ?? 0
    return matrix.rows(place * count..<(place + 1) * count)
  }

  /// The leaf of a row, and its place there.
  func place(of row: Int) -> (leaf: Int, place: Int) { (Int(leaves[row]), Int(places[row])) }
}

/// Random numbers that rows or tokens draw: those of a leaf draw what they would if it were alone.
package struct RowStreams: Sendable {
  /// One a leaf.
  private let streams: [RandomStream]
  /// Nil for one leaf.
  private let rows: LeafRows?

  fileprivate init(_ streams: [RandomStream], _ rows: LeafRows?) {
    self.streams = streams
    self.rows = rows
  }

  /// Where `row` draws its numbers.
  package func callAsFunction(_ row: Int) -> (stream: RandomStream, row: Int) {
    guard let rows else { return (streams[0], row) }
    let (leaf, place) = rows.place(of: row)
    return (streams[leaf], place)
  }
}

extension Tape {
  /// The random numbers of the rows, or tokens, of `plan`.
  package func streams(
    _ purpose: RandomPurpose, _ plan: RowPlan, _ extent: Variable<S>.Extent
  ) -> RowStreams {
    let rows = extent == .tokens ? plan.leafTokens : plan.leafRows
    guard let division, rows != nil else {
      return RowStreams([RandomStream(seed: takeRowSeed(), purpose: purpose, update: update)], nil)
    }
    return RowStreams(
      division.leaves.map {
        RandomStream(seed: seed(ofLeaf: $0), purpose: purpose, update: update)
      }, rows)
  }
}
