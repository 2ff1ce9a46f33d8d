import Compute
import Parallel

/// The last token of each row: `Y[row] = X[last token of row]`.
///
/// - X `[tokens, size]`, Y `[sequences, size]`
/// - backward: `dX` is dY at last tokens and zero at all others
struct LastPooling<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    for row in y.plan.shard(of: lane.worker).rows {
      y.value.row(row).update(
        from: x.value.row(y.plan.layout.lastToken(ofRow: row)), count: y.value.paddedColumns)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    if !x.isAdding {
      for range in x.variable.ranges(of: lane) { dx.rows(range).fill(0) }
    }
    for row in y.plan.shard(of: lane.worker).rows {
      Rows.addRow(
        dy.row(row), to: dx.row(y.plan.layout.lastToken(ofRow: row)), count: dy.paddedColumns)
    }
  }
}

extension Tape {
  /// Records the choice of each row's last token. The last state of a recurrence is at hand already,
  /// as its final state.
  public func lastPooled(_ x: Variable<S>) -> Variable<S> {
    precondition(x.extent == .tokens, "there is one row a sequence already")
    let y = variable(columns: x.columns, plan: x.plan, extent: .sequences)
    record(LastPooling(x: x.consumed(), y: y))
    return y
  }
}
