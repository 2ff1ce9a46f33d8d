import Compute
import Parallel

/// `Y[place(row)] = X[row]` of several X that together have each row of Y once: what became, in parts, of the
/// tokens of a minibatch.
///
/// - X `[rows of the part, size]`, Y `[rows, size]`
/// - backward: `dX[row] = dY[place(row)]`
///
/// Workers divide a part anew, so there is a barrier after the way forward and before the way back.
struct Merge<S: MatrixElement>: TapeOperation {
  struct Part: @unchecked Sendable {
    // Sendable: places are written before the region that reads them.
    let x: Consumer<S>
    let places: UnsafePointer<Int32>
  }

  let parts: [Part]
  let y: Variable<S>

  func forward(_ lane: Lane<S>) {
    let count = y.value.paddedColumns
    for part in parts {
      for row in part.x.variable.ranges(of: lane).joined() {
        y.value.row(Int(part.places[row])).update(from: part.x.value.row(row), count: count)
      }
    }
    lane.worker.barrier()
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dy = y.gradient else { return }
    lane.worker.barrier()
    let count = dy.paddedColumns
    for part in parts {
      guard let dx = part.x.gradient else { continue }
      for row in part.x.variable.ranges(of: lane).joined() {
        let source = dy.row(Int(part.places[row]))
        if part.x.isAdding {
          Rows.addRow(source, to: dx.row(row), count: count)
        } else {
          dx.row(row).update(from: source, count: count)
        }
      }
    }
  }
}

extension Tape {
  /// Records the rows of several variables as rows of one, over `plan`.
  ///
  /// - Parameter parts: all as wide, with the place of each row; every place once. Places must stay until the
  ///   region has run.
  package func merged(
    _ parts: [(x: Variable<S>, places: UnsafeBufferPointer<Int32>)], plan: RowPlan
  ) -> Variable<S> {
    guard let columns = parts.first?.x.columns else { preconditionFailure("nothing to merge") }
    let y = variable(
      columns: columns, plan: plan, needsGradient: parts.contains { $0.x.gradient != nil })
    precondition(
      parts.allSatisfy { $0.x.columns == columns && $0.x.value.rows == $0.places.count }
        && parts.reduce(0) { $0 + $1.places.count } == y.value.rows,
      "parts of \(parts.map(\.places.count)) rows for \(y.value.rows)")
    record(
      Merge(
        parts: parts.compactMap { part in
          part.places.baseAddress.map { .init(x: part.x.consumed(), places: $0) }
        }, y: y))
    return y
  }
}
