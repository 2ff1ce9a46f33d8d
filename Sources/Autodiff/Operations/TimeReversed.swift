import Compute
import Parallel

/// Every row backward in time: `y(t) = x(length - 1 - t)`, each row by its own length.
///
/// - X, Y `[tokens, columns]`
/// - backward: the same permutation of the gradient
///
/// A permutation inside rows, so that a worker needs its own rows only. Cost: one copy.
struct TimeReversed<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let columns = y.value.paddedColumns
    forEachPair(lane) { token, mirrored in
      y.value.row(token).update(from: x.value.row(mirrored), count: columns)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    let columns = dy.paddedColumns
    let isAdding = x.isAdding
    forEachPair(lane) { token, mirrored in
      if isAdding {
        Rows.addRow(dy.row(token), to: dx.row(mirrored), count: columns)
      } else {
        dx.row(mirrored).update(from: dy.row(token), count: columns)
      }
    }
  }

  /// Every token of the worker's rows with the token that stands in its place in the mirror.
  private func forEachPair(_ lane: Lane<S>, _ body: (_ token: Int, _ mirrored: Int) -> Void) {
    let layout = y.plan.layout
    let shard = y.plan.shard(of: lane.worker)
    for step in 0..<layout.stepCount {
      let active = shard.activeRows(at: step)
      if active.isEmpty { break }
      for row in active {
        body(layout.offsets[step] + row, layout.offsets[layout.lengths[row] - 1 - step] + row)
      }
    }
  }
}

extension Tape {
  /// Records the mirror image in time of every row. Twice is the identity.
  public func timeReversed(_ x: Variable<S>) -> Variable<S> {
    precondition(x.extent == .tokens, "one state a sequence has no time to reverse")
    let y = variable(columns: x.columns, plan: x.plan, needsGradient: x.gradient != nil)
    record(TimeReversed(x: x.consumed(), y: y))
    return y
  }
}
