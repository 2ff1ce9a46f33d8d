import Autodiff
import Compute
import Parallel

/// What one worker computes of a recurrence: the rows of its group, and of every product the panels that are
/// its own.
///
/// A group of one takes its rows through time alone. In a larger group everybody has all of its rows, the
/// columns of the weights are divided, and the members meet once a product that needs the whole of what the
/// last one has made. Whoever forms a number forms it in the same order, so the bits are the same; what is
/// not formed by a product (masks, zones, states at either end) is done by the owner of the row.
struct RecurrenceShare: Sendable {
  let group: WorkerGroup
  /// The rows of the group.
  let shard: RowShard
  /// Those among them that are the worker's own, as in every other operation.
  let own: RowShard

  init(_ group: WorkerGroup, _ plan: RowPlan) {
    self.group = group
    shard = plan.shard(of: group)
    own = plan.shard(of: group.worker)
  }

  /// A worker that has all units of `shard`.
  init(alone worker: Worker, _ shard: RowShard) {
    group = worker.group(of: 1)
    (self.shard, own) = (shard, shard)
  }

  func panels(of layout: PanelLayout) -> Range<Int> { group.share(of: layout.panelCount) }

  /// The columns of those panels.
  func columns(of layout: PanelLayout) -> Range<Int> {
    let panels = panels(of: layout)
    guard !panels.isEmpty else { return 0..<0 }
    let last = layout.columns(ofPanel: panels.upperBound - 1)
    return layout.columns(ofPanel: panels.lowerBound).lowerBound..<last.upperBound
  }

  func meet() { group.meet() }
}

extension Recurrence {
  func share(of worker: Worker) -> RecurrenceShare {
    let members =
      switch worker.division {
      case .automatic: groupSize
      case .groups(let size): worker.count % size == 0 ? size : 1
      }
    return RecurrenceShare(worker.group(of: members), output.plan)
  }
}
