import Parallel
import Synchronization

/// Which rows a worker takes, for one layout of sequences.
///
/// With few rows some workers have more than others, or none: then tokens are dealt evenly to operations that go
/// over them one by one (`TapeOperation.isTokenwise`), and all meet where the owner changes.
///
/// One object a layout and minibatch: variables that share it have their rows on the same workers.
public final class RowPlan: Sendable {
  public let layout: SequenceLayout
  private let shards: [RowShard]
  /// A worker's tokens and rows, as contiguous ranges in order: made once for all operations.
  private let tokenRanges: [[Range<Int>]]
  private let rowRanges: [[Range<Int>]]
  /// Whether the workers' rows are no equal shares, so that operations that go over tokens one by one have others.
  let dealsTokens: Bool
  /// Which leaf each token, or row, belongs to, where several are recorded together; nil where it is not known.
  package let leafTokens: LeafRows?
  package let leafRows: LeafRows?
  /// Plans of single steps by their number of active rows, made when asked for.
  private let steps = Mutex<[Int: RowPlan]>([:])

  package convenience init(_ layout: SequenceLayout, workers: Int) {
    self.init(shards: layout.shards(workers), of: layout)
  }

  /// - Parameters:
  ///   - leaves: that of each row.
  ///   - count: of the leaves.
  convenience init(_ layout: SequenceLayout, workers: Int, leaves: [Int32], of count: Int) {
    let tokens = layout.activeRows.flatMap { leaves[..<$0] }
    self.init(
      shards: layout.shards(workers), of: layout, leafTokens: LeafRows(tokens, of: count),
      leafRows: LeafRows(leaves, of: count))
  }

  private init(
    shards: [RowShard], of layout: SequenceLayout, leafTokens: LeafRows? = nil,
    leafRows: LeafRows? = nil
  ) {
    self.layout = layout
    self.leafTokens = leafTokens
    self.leafRows = leafRows
    self.shards = shards
    tokenRanges = shards.map(\.tokenRanges)
    rowRanges = shards.map { [$0.rows] }
    let most = tokenRanges.map { $0.reduce(0) { $0 + $1.count } }.max() ?? 0
    dealsTokens = layout.stepCount > 1 && 10 * most * shards.count > 11 * layout.tokenCount
  }

  func evenRanges(of worker: Worker) -> [Range<Int>] {
    dealsTokens ? [worker.share(of: layout.tokenCount)] : tokenRanges(of: worker)
  }

  func tokenRanges(of worker: Worker) -> [Range<Int>] { tokenRanges[worker.index] }
  func rowRanges(of worker: Worker) -> [Range<Int>] { rowRanges[worker.index] }

  package func shard(of worker: Worker) -> RowShard { shards[worker.index] }

  /// All rows of the group's members: neighbours have neighbouring rows.
  package func shard(of group: WorkerGroup) -> RowShard {
    if group.count == 1 { return shards[group.worker.index] }
    let members = shards[group.members]
    let first = members[members.startIndex].rows.lowerBound
    let last = members.reduce(first) { max($0, $1.rows.upperBound) }
    return RowShard(rows: first..<last, layout: layout)
  }

  /// The rows that are active at `step`, one token each, on the workers that have them here. Steps
  /// with as many rows share a plan.
  package func step(_ step: Int) -> RowPlan {
    let active = layout.activeRows[step]
    return steps.withLock { steps in
      if let plan = steps[active] { return plan }
      let single = SequenceLayout(rows: active, steps: 1)
      let plan = RowPlan(
        shards: shards.map {
          RowShard(rows: $0.rows.clamped(to: 0..<active), layout: single)
        }, of: single)
      steps[active] = plan
      return plan
    }
  }
}
