import Compute
import Parallel

/// `Y[token] = table[id(token)]`: the product of a one-hot row with the table, which is its
/// definition; the one-hot row is never made.
///
/// In training whole rows of the table may be dropped for one update, wherever their ids stand, and
/// the others multiplied with 1 / (1 - p): Gal & Ghahramani (2016).
///
/// - table `[vocabulary, size]`, Y `[tokens, size]`, or one row a sequence
/// - backward: dY of a dropped or scaled row is dropped or scaled in place; owes `dTable[id] = Σ dY[token]` over the tokens of each id
struct Embedding<S: MatrixElement>: TapeOperation {
  let ids: UnsafePointer<Int32>
  let y: Variable<S>
  let table: Parameter<S>
  /// Of ids from `table.rows` on.
  let further: (any FurtherRows)?
  let dropout: (probability: Double, random: RandomStream)?

  var isTokenwise: Bool { true }

  func forward(_ lane: Lane<S>) {
    let columns = table.columns
    let values = table.value
    let padding = y.value.paddedColumns - columns
    for range in y.ranges(of: lane) {
      for token in range {
        let row = y.value.row(token)
        let id = Int(ids[token])
        if id < table.rows {
          row.update(from: values + id * columns, count: columns)
        } else if let further {
          for (column, value) in further.row(id - table.rows).enumerated() {
            row[column] = S(value)
          }
        }
        if let factor = factor(of: ids[token]) { scale(row, columns, by: factor) }
        (row + columns).clear(count: padding)
      }
    }
  }

  func backward(_ lane: Lane<S>) {
    guard dropout != nil, let dy = y.gradient else { return }
    for range in y.ranges(of: lane) {
      for token in range {
        if let factor = factor(of: ids[token]) { scale(dy.row(token), table.columns, by: factor) }
      }
    }
  }

  /// What the row of `id` is multiplied with; nil for nothing.
  private func factor(of id: Int32) -> S? {
    guard let (probability, random) = dropout else { return nil }
    let isDropped = Double(random.word(row: Int(id), index: 0)) < probability * 0x1p32
    return isDropped ? 0 : S(1 / (1 - probability))
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func scale<S: MatrixElement>(_ x: UnsafeMutablePointer<S>, _ count: Int, by factor: S) {
  for i in 0..<count { x[i] *= factor }
}

// Sendable: the ids are written before the region that reads them.
extension Embedding: @unchecked Sendable {}

/// Rows behind those of a table: looked up, never trained.
package protocol FurtherRows: Sendable {
  /// Numbers a row, as many as the table has columns.
  var width: Int { get }
  /// `width` numbers.
  func row(_ index: Int) -> [Float]
}

extension Tape {
  /// Records a look-up. `ids` holds one id a token, in token order, and must stay until the region
  /// has run; `index` is filled for the backward pass. Ids are below `table.rows`; without gradients
  /// they may go on into `further`.
  ///
  /// - Parameters:
  ///   - isFrozen: whether the table is owed no gradient, and so never stepped if its role is `.table`.
  ///   - extent: `.sequences` for one id a row, such as a label that a row begins with.
  ///   - dropout: share of ids dropped in training.
  package func embedding(
    _ ids: UnsafeBufferPointer<Int32>, table: Parameter<S>, further: (any FurtherRows)? = nil,
    isFrozen: Bool = false, index: TokenIndex, plan: RowPlan,
    extent: Variable<S>.Extent = .tokens, dropout: Double = 0
  ) -> Variable<S> {
    let y = variable(columns: table.columns, plan: plan, extent: extent)
    precondition(ids.count == y.value.rows, "\(ids.count) ids for \(y.value.rows) rows")
    precondition(
      further.map { $0.width == table.columns } ?? true, "further rows of another width")
    if let dy = y.gradient, !isFrozen {
      index.fill(ids, of: y.leafRows)
      owe(.scatter(dy: dy, tokens: index), to: table, rows: y.leafRows)
    }
    let random = RandomStream(
      seed: seed, purpose: .embeddingDropout(parameter: table.index), update: update)
    if let base = ids.baseAddress {
      record(
        Embedding(
          ids: base, y: y, table: table, further: further,
          dropout: hasNoise && dropout > 0 ? (dropout, random) : nil))
    }
    return y
  }
}
