import Compute
import Parallel

/// `Y[token] = Σ table[id]` over the ids that a token carries: the product of a row of counts with
/// the table. A token may carry several ids, the same one twice, or none.
///
/// - table `[vocabulary, size]`, Y `[tokens, size]`
/// - backward: nothing by rows; owes `dTable[id] = Σ dY[token]` over the tokens that carry each id
///
/// Cost: one row of the table an id.
struct EmbeddingBag<S: MatrixElement>: TapeOperation {
  let ids: UnsafePointer<Int32>
  /// Where the ids of each token begin, and the end.
  let starts: UnsafePointer<Int32>
  let y: Variable<S>
  let table: Parameter<S>

  var isTokenwise: Bool { true }

  func forward(_ lane: Lane<S>) {
    let columns = table.columns
    for range in y.ranges(of: lane) {
      for token in range {
        let row = y.value.row(token)
        row.clear(count: y.value.paddedColumns)
        for place in Int(starts[token])..<Int(starts[token + 1]) {
          Rows.addRow(table.value + Int(ids[place]) * columns, to: row, count: columns)
        }
      }
    }
  }

  func backward(_ lane: Lane<S>) {}
}

// Sendable: ids and starts are written before the region that reads them.
extension EmbeddingBag: @unchecked Sendable {}

/// Ids that tokens carry, in token order. Memory stays until the region has run.
package struct TokenBags {
  /// Each below the rows of the table.
  package let ids: UnsafeBufferPointer<Int32>
  /// The token of each id, ascending.
  package let tokens: UnsafeBufferPointer<Int32>
  /// Where the ids of each token begin, and the end: one more than tokens.
  package let starts: UnsafeBufferPointer<Int32>

  package init(
    ids: UnsafeBufferPointer<Int32>, tokens: UnsafeBufferPointer<Int32>,
    starts: UnsafeBufferPointer<Int32>
  ) {
    precondition(ids.count == tokens.count, "one token an id")
    self.ids = ids
    self.tokens = tokens
    self.starts = starts
  }
}

extension Tape {
  /// Records a look-up of several ids a token; `index` is filled for the backward pass.
  package func embeddingBag(
    _ bags: TokenBags, table: Parameter<S>, index: TokenIndex, plan: RowPlan
  ) -> Variable<S> {
    let y = variable(columns: table.columns, plan: plan)
    precondition(bags.starts.count == y.value.rows + 1, "one bag a token")
    if let dy = y.gradient {
      index.fill(bags.ids, of: bags.tokens)
      owe(.scatter(dy: dy, tokens: index), to: table)
    }
    guard let starts = bags.starts.baseAddress else { preconditionFailure("no tokens") }
    // Without an id nothing is read through the pointer.
    record(EmbeddingBag(ids: bags.ids.baseAddress ?? starts, starts: starts, y: y, table: table))
    return y
  }
}
