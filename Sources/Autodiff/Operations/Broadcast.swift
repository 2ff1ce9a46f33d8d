import Compute
import Parallel

/// Gives every token what belongs to its row: `Y[t, row] = X[row]`.
///
/// - X `[sequences, size]`, Y `[tokens, size]`
/// - backward: `dX[row] = Σ_t dY[t, row]`, in the order of steps
struct Broadcast<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let shard = y.plan.shard(of: lane.worker)
    let layout = y.plan.layout
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) {
        y.value.row(layout.offsets[step] + row).update(
          from: x.value.row(row), count: y.value.paddedColumns)
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    let shard = y.plan.shard(of: lane.worker)
    let layout = y.plan.layout
    let count = dx.paddedColumns
    if !x.isAdding { dx.rows(shard.rows).fill(0) }
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) {
        Rows.addRow(dy.row(layout.offsets[step] + row), to: dx.row(row), count: count)
      }
    }
  }
}

extension Tape {
  /// Records a copy of each sequence's row to all of its tokens.
  package func broadcast(_ x: Variable<S>) -> Variable<S> {
    precondition(x.extent == .sequences, "there is one row a token already")
    let y = variable(columns: x.columns, plan: x.plan)
    record(Broadcast(x: x.consumed(), y: y))
    return y
  }
}
