/// Where the steps of a minibatch of sequences of different lengths sit in memory.
///
/// Rows are sequences, longest first. The steps follow each other; step t holds only the rows that
/// are still active, so no padding is stored or multiplied:
///
///     lengths 3 2 2 1      step 0: rows 0 1 2 3 | step 1: rows 0 1 2 | step 2: row 0
///
/// A token is one (step, row); its index is `offset(step) + row`, the minibatch's own order.
public struct SequenceLayout: Sendable, Equatable {
  /// Longest first.
  public let lengths: [Int]
  /// Rows active at each step.
  public let activeRows: [Int]
  /// First token of each step, and the token count at the end.
  public let offsets: [Int]

  /// - Parameter lengths: longest first; every one at least 1.
  public init(lengths: [Int]) {
    precondition(lengths.allSatisfy { $0 > 0 }, "a sequence has no step")
    precondition(zip(lengths, lengths.dropFirst()).allSatisfy(>=), "lengths are not descending")
    self.lengths = lengths
    var active = [Int](repeating: 0, count: lengths.first ?? 0)
    var row = lengths.count
    for step in active.indices {
      while row > 0, lengths[row - 1] <= step { row -= 1 }
      active[step] = row
    }
    activeRows = active
    offsets = active.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }

  /// As many steps in each row.
  public init(rows: Int, steps: Int) {
    self.init(lengths: Array(repeating: steps, count: rows))
  }

  public var rowCount: Int { lengths.count }
  public var stepCount: Int { activeRows.count }
  public var tokenCount: Int { offsets[stepCount] }
  public var isRagged: Bool { lengths.first != lengths.last }

  /// The last token of `row`.
  public func lastToken(ofRow row: Int) -> Int { offsets[lengths[row] - 1] + row }

  /// Cuts the rows into `count` contiguous shares of nearly equal token counts. Empty shares come
  /// last when there are fewer rows than shares.
  package func shards(_ count: Int) -> [RowShard] {
    var shards: [RowShard] = []
    var start = 0
    var tokensLeft = tokenCount
    for share in 0..<count {
      let target = Double(tokensLeft) / Double(count - share)
      var end = start
      var tokens = 0
      // Take a row while more than half of it still fits.
      while end < rowCount, Double(tokens) + Double(lengths[end]) / 2 < target || tokens == 0 {
        tokens += lengths[end]
        end += 1
      }
      if share == count - 1 { end = rowCount }
      shards.append(RowShard(rows: start..<end, layout: self))
      tokensLeft -= tokens
      start = end
    }
    return shards
  }
}

/// The rows of a minibatch that one worker takes through time.
public struct RowShard: Sendable {
  public let rows: Range<Int>
  public let layout: SequenceLayout

  public init(rows: Range<Int>, layout: SequenceLayout) {
    self.rows = rows
    self.layout = layout
  }

  /// The shard's rows that are still active at `step`.
  @inlinable
  public func activeRows(at step: Int) -> Range<Int> {
    rows.clamped(to: 0..<layout.activeRows[step])
  }

  /// The shard's tokens at `step`.
  @inlinable
  public func tokens(at step: Int) -> Range<Int> {
    let active = activeRows(at: step)
    let offset = layout.offsets[step]
    return offset + active.lowerBound..<offset + active.upperBound
  }

  /// All tokens of the shard as contiguous ranges, in order: one when it holds every row.
  public var tokenRanges: [Range<Int>] {
    if rows == 0..<layout.rowCount { return [0..<layout.tokenCount] }
    // Active rows only shrink: after the first empty step all are.
    return (0..<layout.stepCount).prefix { !activeRows(at: $0).isEmpty }.map(tokens(at:))
  }
}
