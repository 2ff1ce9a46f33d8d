import Compute
import Parallel

/// `Y = A + B`, element by element.
///
/// - A, B, Y `[rows, columns]`
/// - backward: `dA = dY`, `dB = dY`
struct Sum<S: MatrixElement>: TapeOperation {
  let a: Consumer<S>
  let b: Consumer<S>
  let y: Variable<S>

  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let columns = y.value.paddedColumns
    for range in y.ranges(of: lane) {
      for row in range {
        y.value.row(row).update(from: a.value.row(row), count: columns)
        Rows.addRow(b.value.row(row), to: y.value.row(row), count: columns)
      }
    }
  }

  func backward(_ lane: Lane<S>) {
    // The later reader first, as readers are ordered where A is B.
    for part in [b, a] { part.handOn(y, lane) }
  }
}

extension Tape {
  /// Records `a + b`; both share plan, extent and columns.
  public func sum(_ a: Variable<S>, _ b: Variable<S>) -> Variable<S> {
    precondition(
      a.plan === b.plan && a.extent == b.extent && a.columns == b.columns,
      "\(a.columns) columns and \(b.columns), or rows of different plans")
    let y = variable(
      columns: a.columns, plan: a.plan, extent: a.extent,
      needsGradient: a.gradient != nil || b.gradient != nil)
    record(Sum(a: a.consumed(), b: b.consumed(), y: y))
    return y
  }
}
