import Compute
import Parallel

/// `Y[token] = table[id(token)]`: the product of a one-hot row with the table, which is its
/// definition; the one-hot row is never made.
///
/// - table `[vocabulary, size]`, Y `[tokens, size]`, or one row a sequence
/// - backward: nothing by rows; owes `dTable[id] = Σ dY[token]` over the tokens of each id
public struct Embedding<S: Real>: Operation {
  let ids: UnsafePointer<Int32>
  let y: Variable<S>
  let table: Parameter<S>

  public func forward(_ lane: Lane<S>) {
    let columns = table.columns
    let values = table.value
    let padding = y.value.paddedColumns - columns
    for range in y.ranges(of: lane.worker) {
      for token in range {
        let row = y.value.row(token)
        row.update(from: values + Int(ids[token]) * columns, count: columns)
        (row + columns).update(repeating: 0, count: padding)
      }
    }
  }

  public func backward(_ lane: Lane<S>) {}
}

// Sendable: the ids are written before the region that reads them.
extension Embedding: @unchecked Sendable {}

extension Tape {
  /// Records a look-up. `ids` holds one id a token, in token order, each below `table.rows`, and
  /// must stay until the region has run; `index` is filled for the backward pass.
  ///
  /// - Parameter extent: `.sequences` for one id a row, such as a label that a row begins with.
  public func embedding(
    _ ids: UnsafeBufferPointer<Int32>, table: Parameter<S>, index: TokenIndex, plan: RowPlan,
    extent: Variable<S>.Extent = .tokens
  ) -> Variable<S> {
    let y = variable(columns: table.columns, plan: plan, extent: extent)
    precondition(ids.count == y.value.rows, "\(ids.count) ids for \(y.value.rows) rows")
    if let dy = y.gradient {
      index.fill(ids)
      owe(.scatter(dy: dy, tokens: index), to: table)
    }
    if let base = ids.baseAddress { record(Embedding(ids: base, y: y, table: table)) }
    return y
  }
}
