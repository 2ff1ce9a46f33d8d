import Compute
import Parallel

/// The first rows of a variable: what goes on when the shorter sequences have ended.
///
/// - X `[rows, columns]`; Y `[active rows, columns]`, a view of X's rows
/// - backward: the rows of dY, then zeros
struct Narrowed<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>

  func forward(_ lane: Lane<S>) {}

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    for row in x.variable.ranges(of: lane).joined() {
      propagate(
        row < dy.rows ? dy.row(row) : nil, to: dx.row(row), adding: x.isAdding,
        count: dx.paddedColumns)
    }
  }
}

extension Tape {
  /// Records the first rows of `x`, which has one row a sequence or is a single step, for `plan`: a
  /// later step of the same minibatch. `x` itself if it has no more.
  package func narrowed(_ x: Variable<S>, to plan: RowPlan) -> Variable<S> {
    let rows = plan.layout.rowCount
    if x.value.rows == rows { return x }
    let y = variable(
      value: x.value.rows(0..<rows),
      gradient: x.gradient.map { arena.matrix(rows: rows, columns: $0.columns) }, plan: plan,
      extent: x.extent)
    record(Narrowed(x: x.consumed(), y: y))
    return y
  }
}
