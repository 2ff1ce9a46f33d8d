import Compute
import Parallel

/// `Y[row] = X[source(row)]`, between rows of any two plans: the last states of the characters of
/// every word to the tokens of sentences, one minibatch's order to another's.
///
/// - X `[sources, size]`, Y `[rows, size]`; a source of -1 gives a row of zeros
/// - backward: `dX[source] = Σ dY[row]` over the rows that read it, in the order of rows
///
/// A source may belong to another worker, so there is a barrier before each direction. The gradient
/// of a source is summed by its own worker: nothing is atomic, and the order is that of the rows.
struct Gather<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let sources: UnsafePointer<Int32>
  let readers: TokenIndex

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    lane.worker.barrier()
    let count = y.value.paddedColumns
    for range in y.ranges(of: lane) {
      for row in range {
        let source = Int(sources[row])
        if source < 0 {
          y.value.row(row).clear(count: count)
        } else {
          y.value.row(row).update(from: x.value.row(source), count: count)
        }
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    lane.worker.barrier()
    let count = dx.paddedColumns
    for range in x.variable.ranges(of: lane) {
      for source in range {
        let target = dx.row(source)
        if !x.isAdding { target.clear(count: count) }
        for row in readers.tokens(of: source) {
          Rows.addRow(dy.row(Int(row)), to: target, count: count)
        }
      }
    }
  }
}

// Sendable: the sources are written before the region that reads them.
extension Gather: @unchecked Sendable {}

extension Tape {
  /// Records a selection of rows of `x` as rows of another plan, or of the same.
  ///
  /// - Parameters:
  ///   - rows: for each row of the result a row of `x`, or -1 for zeros; it must stay until the
  ///     region has run.
  ///   - readers: filled for the backward pass; one for each gather of a minibatch.
  package func gathered(
    _ x: Variable<S>, rows: UnsafeBufferPointer<Int32>, readers: TokenIndex, plan: RowPlan,
    extent: Variable<S>.Extent = .tokens
  ) -> Variable<S> {
    let y = variable(columns: x.columns, plan: plan, extent: extent)
    precondition(rows.count == y.value.rows, "\(rows.count) sources for \(y.value.rows) rows")
    guard let sources = rows.baseAddress else { preconditionFailure("no rows") }
    if isTraining { readers.fill(rows, idCount: x.value.rows) }
    record(Gather(x: x.consumed(), y: y, sources: sources, readers: readers))
    return y
  }
}
