import Compute
import Parallel

/// What a parameter's gradient is made of, recorded while rows are worked on and paid when all
/// rows are done.
package enum Debt<S: MatrixElement> {
  /// `dW += dYᵀ · X`, one long product over all tokens, for the rows of W in `blocks` (nil: all).
  case product(dy: RowSource<S>, x: RowSource<S>, blocks: Range<Int>? = nil)
  /// `dW += dYᵀ · table`, for a table that W multiplied before its rows were looked up; one row of
  /// dY an id.
  case tableProduct(dy: Matrix<S>, table: Parameter<S>, blocks: Range<Int>?)
  /// `db += Σ dY`, in token order, for the rows of b in `blocks` (nil: all).
  case sum(dy: RowSource<S>, blocks: Range<Int>? = nil)
  /// `dTable[id] += Σ dY[token]` over the tokens that looked `id` up, in token order.
  case scatter(dy: Matrix<S>, tokens: TokenIndex)
  /// `dTable[id] += Σ scales[place] · X[rows[place]]` over the places that carry `id`, in their order; X
  /// nil: of ones.
  case listed(
    scales: UnsafePointer<S>, x: Matrix<S>?, rows: UnsafeBufferPointer<Int32>, places: TokenIndex)
  /// `dTable += dP · W` for a table whose rows were multiplied with W before they were looked up;
  /// `product` is memory for `[table.rows, table.columns]`.
  case multiplied(dp: Matrix<S>, weight: PackedWeights<S>, product: Matrix<S>)
  /// `dW += powers ⊙ (dYᵀ · X)` for a weight that rows were multiplied with as `powers = e^W`, up to
  /// a factor; `powers` and `product`, which is memory, are dense and of W's shape. Never in bf16.
  case exponential(dy: RowSource<S>, x: RowSource<S>, powers: Matrix<S>, product: Matrix<S>)

  var blocks: Range<Int>? {
    switch self {
    case .product(_, _, let blocks), .tableProduct(_, _, let blocks), .sum(_, let blocks): blocks
    case .scatter, .listed, .multiplied, .exponential: nil
    }
  }

  /// Whether what the rows of a leaf owe can be told apart.
  var isDivisible: Bool {
    switch self {
    case .product, .tableProduct, .sum, .scatter, .multiplied: true
    case .listed, .exponential: false
    }
  }

  /// What the rows of one leaf owe; nil if it has none.
  func part(_ leaf: Int, of rows: LeafRows) -> Debt? {
    let list = rows.lists[leaf]
    guard !list.isEmpty else { return nil }
    switch self {
    case .product(let dy, let x, let blocks):
      return .product(dy: dy.selecting(list), x: x.selecting(list), blocks: blocks)
    case .tableProduct(let dy, let table, let blocks):
      return .tableProduct(dy: rows.part(of: dy, leaf), table: table, blocks: blocks)
    case .sum(let dy, let blocks): return .sum(dy: dy.selecting(list), blocks: blocks)
    case .scatter(let dy, let tokens): return .scatter(dy: dy, tokens: tokens.part(leaf))
    case .multiplied(let dp, let weight, let product):
      return .multiplied(
        dp: rows.part(of: dp, leaf), weight: weight, product: rows.part(of: product, leaf))
    case .listed, .exponential: preconditionFailure("leaves are not told apart")
    }
  }

  /// One product or sum over the rows of both, if they are alike.
  func followed(by other: Debt<S>) -> Debt<S>? {
    switch (self, other) {
    case (.product(var dy, var x, let blocks), .product(let otherDY, let otherX, blocks))
    where dy.stride == otherDY.stride && x.stride == otherX.stride:
      dy.append(otherDY)
      x.append(otherX)
      return .product(dy: dy, x: x, blocks: blocks)
    case (.sum(var dy, let blocks), .sum(let otherDY, blocks)) where dy.stride == otherDY.stride:
      dy.append(otherDY)
      return .sum(dy: dy, blocks: blocks)
    default: return nil
    }
  }
}

/// `dP[id] = Σ dY[token]` over the tokens of each id, in token order: what several debts share, so
/// it is formed before any is paid. The worker that owns a group of `parameter` sums its columns.
package struct TokenSum<S: MatrixElement> {
  package let dy: Matrix<S>
  package let tokens: TokenIndex
  /// Where several are recorded together.
  package let leaves: LeafRows?
  /// `[ids, columns of dy]`, overwritten; one below the other for leaves that have tokens.
  package let dp: Matrix<S>
  package let blocks: Range<Int>

  package init(
    of dy: Matrix<S>, by tokens: TokenIndex, leaves: LeafRows?, into dp: Matrix<S>,
    blocks: Range<Int>
  ) {
    self.dy = dy
    self.tokens = tokens
    self.leaves = leaves
    self.dp = dp
    self.blocks = blocks
  }

  /// Those of each leaf.
  var parts: [(dp: Matrix<S>, tokens: TokenIndex)] {
    leaves.map { leaves in
      leaves.present.map { (leaves.part(of: dp, $0), tokens.part($0)) }
    } ?? [(dp, tokens)]
  }
}

/// Rows of a gradient that belong to a list of a table's rows: `dW[i] = Σ dY[k][i] · X[k]` and
/// `db[i] = Σ dY[k][i]`. What debts by rows then scatter, so it is formed before any is paid, by all
/// workers together.
package struct ListedProduct<S: MatrixElement>: @unchecked Sendable {
  // Sendable: workers write disjoint rows.
  let dy: RowSource<S>
  let x: RowSource<S>
  /// As many rows as the list has, of `columns` numbers each.
  let rows: UnsafeMutablePointer<S>
  let sums: UnsafeMutablePointer<S>
  let layout: PanelLayout
  let columns: Int
}
