import Compute
import Parallel

/// The mean over the tokens of each row: `Y[row] = 1/T · Σ_t X[t, row]`, T the row's own length.
///
/// - X `[tokens, size]`, Y `[sequences, size]`
/// - backward: `dX[t, row] = dY[row] / T`
struct MeanPooling<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let shard = y.plan.shard(of: lane.worker)
    let layout = y.plan.layout
    let count = y.value.paddedColumns
    for row in shard.rows { y.value.row(row).clear(count: count) }
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) {
        Rows.addRow(x.value.row(layout.offsets[step] + row), to: y.value.row(row), count: count)
      }
    }
    for row in shard.rows {
      let mean = y.value.row(row)
      let length = S(layout.lengths[row])
      for column in 0..<count { mean[column] /= length }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    let shard = y.plan.shard(of: lane.worker)
    let layout = y.plan.layout
    let count = dx.paddedColumns
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) {
        let target = dx.row(layout.offsets[step] + row)
        if !x.isAdding { target.clear(count: count) }
        Rows.addRow(dy.row(row), scaledBy: 1 / S(layout.lengths[row]), to: target, count: count)
      }
    }
  }
}

extension Tape {
  /// Records the mean over the tokens of each row.
  public func meanPooled(_ x: Variable<S>) -> Variable<S> {
    precondition(x.extent == .tokens, "there is one row a sequence already")
    let y = variable(columns: x.columns, plan: x.plan, extent: .sequences)
    record(MeanPooling(x: x.consumed(), y: y))
    return y
  }
}
