import Compute

/// How many steps each sequence has: the differences between the places where they begin.
public struct SequenceLengths: RandomAccessCollection, Sendable, Equatable {
  private let starts: LongList<Int>

  /// - Parameter starts: where each begins, ascending, and the end.
  package init(starts: LongList<Int>) { self.starts = starts }

  /// A few lengths.
  public init(_ lengths: some Collection<Int>) {
    starts = LongList(lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) })
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { starts.count - 1 }
  public subscript(index: Int) -> Int { starts[index + 1] - starts[index] }

  /// Steps of all sequences together.
  public var total: Int { starts[starts.count - 1] - starts[0] }
}

extension RandomAccessCollection<Int> where Index == Int {
  /// The indices of these lengths, longest first; equal lengths in their order.
  package var longestFirst: [Int32] {
    indices.map(Int32.init).sorted { (self[Int($1)], $0) < (self[Int($0)], $1) }
  }

  /// The indices of the `count` longest of these lengths, longest first; equal lengths in their order.
  ///
  /// Memory: for as many as are asked for, not for all.
  @specialized(where Self == SequenceLengths)
  package func longest(_ count: Int) -> [Int] {
    guard count > 0 else { return [] }
    let isLonger = { (a: Int, b: Int) in (self[b], a) < (self[a], b) }
    var found: [Int] = []
    // Of those found so far, one that is no longer is none of the longest: it comes later too.
    var shortest = 0
    for index in startIndex..<endIndex where self[index] > shortest || found.count < count {
      found.append(index)
      guard found.count == 2 * count else { continue }
      found.sort(by: isLonger)
      found.removeLast(count)
      shortest = self[found[count - 1]]
    }
    return Array(found.sorted(by: isLonger).prefix(count))
  }
}
