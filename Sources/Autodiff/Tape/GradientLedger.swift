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
  /// `[ids, columns of dy]`, overwritten.
  package let dp: Matrix<S>
  package let blocks: Range<Int>

  package init(of dy: Matrix<S>, by tokens: TokenIndex, into dp: Matrix<S>, blocks: Range<Int>) {
    self.dy = dy
    self.tokens = tokens
    self.dp = dp
    self.blocks = blocks
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

/// The products and sums that operations owe to parameters.
///
/// Each element of a gradient is formed by one worker, in one order: debts as recorded, tokens as
/// they stand in the minibatch. So the bits do not depend on the number of workers, no gradient is
/// kept twice, and nothing is atomic.
///
/// `@unchecked Sendable`: debts are recorded outside parallel regions and only read inside.
package final class GradientLedger<S: MatrixElement>: @unchecked Sendable {
  private var debts: [Int: [Debt<S>]] = [:]
  private var tokenSums: [Int: [TokenSum<S>]] = [:]
  private var listedProducts: [ListedProduct<S>] = []
  private var masks: [Int: GradientMask] = [:]
  package var precision = Precision.f32

  package init() {}

  package func removeAll() {
    debts.removeAll(keepingCapacity: true)
    tokenSums.removeAll(keepingCapacity: true)
    listedProducts.removeAll(keepingCapacity: true)
    masks.removeAll(keepingCapacity: true)
  }

  /// Masks the gradient of `parameter` once it is formed.
  func mask(_ parameter: Parameter<S>, _ mask: GradientMask) { masks[parameter.index] = mask }

  /// Whether `prepare`, and a barrier after it, must come before `pay`.
  package var needsPreparation: Bool { !tokenSums.isEmpty || !listedProducts.isEmpty }

  /// Asks for a product that debts by rows hand on.
  func add(_ product: ListedProduct<S>) { listedProducts.append(product) }

  /// Forms this worker's share of what debts share.
  package func prepare(
    _ slices: [ParameterSlice<S>], _ worker: Worker, scratch: ProductScratch
  ) {
    for slice in slices { sumByToken(slice) }
    for product in listedProducts {
      let groups = worker.share(of: product.layout.groupCount)
      OuterProduct<S>(layout: product.layout, columnCount: product.columns, precision: precision)
        .compute(
          groups: groups, gradients: product.dy, inputs: product.x, into: product.rows,
          adding: false, scratch: scratch)
      Rows.columnSums(
        of: product.dy, layout: product.layout, groups: groups, into: product.sums, adding: false)
    }
  }

  /// Asks for a sum by token, formed by the owners of `parameter`'s slices.
  package func add(_ sum: TokenSum<S>, with parameter: Parameter<S>) {
    tokenSums[parameter.index, default: []].append(sum)
  }

  /// Forms the columns of the sums by token that belong to `slice`.
  private func sumByToken(_ slice: ParameterSlice<S>) {
    for sum in tokenSums[slice.parameter.index] ?? [] {
      let width = sum.blocks.count * PanelLayout.lane
      let first = slice.groups.lowerBound * width
      let count = slice.groups.count * width
      for id in 0..<sum.dp.rows {
        let target = sum.dp.row(id) + first
        target.clear(count: count)
        Rows.addRows(sum.tokens.tokens(of: id), of: sum.dy, column: first, count: count, to: target)
      }
    }
  }

  /// Debts that are alike, such as those of single steps, become one: a long product runs at full
  /// speed where many short ones would not.
  package func owe(_ debt: Debt<S>, to parameter: Parameter<S>) {
    let owed = debts[parameter.index, default: []]
    for (place, earlier) in owed.enumerated() {
      if let both = earlier.followed(by: debt) {
        debts[parameter.index]?[place] = both
        return
      }
    }
    debts[parameter.index, default: []].append(debt)
  }

  /// Bytes of scratch memory that a worker needs to pay the products that are owed to `parameters`.
  func scratchBytes(for parameters: [Parameter<S>]) -> Int {
    let listed = listedProducts.map {
      OuterProduct<S>.scratchBytes(depth: $0.dy.rowCount, columns: $0.columns)
    }
    let owed = parameters.map { parameter in
      (debts[parameter.index] ?? []).map { debt in
        switch debt {
        case .product(let dy, _, _), .exponential(let dy, _, _, _):
          OuterProduct<S>.scratchBytes(depth: dy.rowCount, columns: parameter.columns)
        case .tableProduct(let dy, _, _):
          OuterProduct<S>.scratchBytes(depth: dy.rows, columns: parameter.columns)
        case .sum, .scatter, .listed, .multiplied: 0
        }
      }.max() ?? 0
    }
    return (listed + owed).max() ?? 0
  }

  /// Calls `body` with the ranges, in the store's flat buffers, in which `slice` has a gradient: all
  /// of it, or the entries of a table that were looked up.
  package func forEachRun(of slice: ParameterSlice<S>, _ body: (Range<Int>) -> Void) {
    let parameter = slice.parameter
    guard parameter.role.isSparse else {
      for block in slice.blocks { body(slice.run(in: block)) }
      return
    }
    let size = parameter.entrySize
    forEachEntry(of: slice) { id in
      let start = parameter.offset + id * size
      body(start..<start + size)
    }
  }

  /// Calls `body` with the entries of a table that some token has looked up, ascending.
  private func forEachEntry(of slice: ParameterSlice<S>, _ body: (Int) -> Void) {
    guard let owed = debts[slice.parameter.index] else { return }
    let entries = slice.parameter.entries(ofGroups: slice.groups)
    if owed.count == 1 {
      for id in Self.index(of: owed[0]).distinctIDs(in: entries) { body(Int(id)) }
      return
    }
    var rest = owed.map { Self.index(of: $0).distinctIDs(in: entries) }
    while let id = rest.lazy.compactMap(\.first).min() {
      body(Int(id))
      for index in rest.indices where rest[index].first == id { rest[index].removeFirst() }
    }
  }

  /// Places from which a table is owed something; no entry of it is counted less than once.
  func placeCount(owedTo table: Parameter<S>) -> Int {
    (debts[table.index] ?? []).reduce(0) { $0 + Self.index(of: $1).placeCount }
  }

  /// Which entries of a table a debt is owed to.
  private static func index(of debt: Debt<S>) -> TokenIndex {
    switch debt {
    case .scatter(_, let tokens): tokens
    case .listed(_, _, _, let places): places
    default: preconditionFailure("a table is owed its gradient by rows")
    }
  }

  /// Overwrites the gradient of `slice` with all that is owed to it.
  package func pay(_ slice: ParameterSlice<S>, scratch: ProductScratch) {
    let parameter = slice.parameter
    if parameter.role.isSparse {
      paySparsely(slice)
      return
    }
    guard let owed = debts[parameter.index] else {
      for block in slice.blocks {
        let run = slice.run(in: block)
        (parameter.gradient - parameter.offset + run.lowerBound)
          .clear(count: run.count)
      }
      return
    }
    // The first debt to a block overwrites it, the later ones add.
    var isWritten = [Bool](repeating: false, count: parameter.layout.blocks)
    for debt in owed {
      let blocks = debt.blocks ?? 0..<parameter.layout.blocks
      let adding = isWritten[blocks.lowerBound]
      for block in blocks { isWritten[block] = true }
      let layout = PanelLayout(blocks: blocks.count, units: parameter.layout.units)
      let target =
        parameter.gradient + blocks.lowerBound * parameter.layout.units * parameter.columns
      func addProduct(_ dy: RowSource<S>, _ x: RowSource<S>) {
        OuterProduct<S>(layout: layout, columnCount: parameter.columns, precision: precision)
          .compute(
            groups: slice.groups, gradients: dy, inputs: x, into: target, adding: adding,
            unread: parameter.leadingZeros, scratch: scratch)
      }
      switch debt {
      case .product(let dy, let x, _): addProduct(dy, x)
      case .tableProduct(let dy, let table, _):
        addProduct(
          RowSource(dy), RowSource(table.value, stride: table.columns, rowCount: table.rows))
      case .sum(let dy, _):
        Rows.columnSums(of: dy, layout: layout, groups: slice.groups, into: target, adding: adding)
      case .scatter(let dy, let tokens):
        scatter(dy, tokens, slice: slice, adding: adding)
      case .listed: preconditionFailure("\(parameter.name) is stepped as a whole")
      case .multiplied(let dp, let weight, let product):
        payMultiplied(dp, weight, product, slice: slice, adding: adding, scratch: scratch)
      case .exponential(let dy, let x, let powers, let product):
        OuterProduct<S>(layout: layout, columnCount: parameter.columns)
          .compute(
            groups: slice.groups, gradients: dy, inputs: x, into: product.base, adding: false,
            scratch: scratch)
        multiply(product, by: powers, slice: slice, adding: adding)
      }
    }
    precondition(isWritten.allSatisfy(\.self), "\(parameter.name): a block has no gradient")
    parameter.writeLeadingZeros(to: parameter.gradient, groups: slice.groups)
    masks[parameter.index]?.apply(to: slice)
  }

  private func payMultiplied(
    _ dp: Matrix<S>, _ weight: PackedWeights<S>, _ product: Matrix<S>, slice: ParameterSlice<S>,
    adding: Bool, scratch: ProductScratch
  ) {
    let parameter = slice.parameter
    let rows = parameter.rows(ofGroups: slice.groups)
    weight.multiply(dp, [rows], into: product, adding: false, scratch: scratch)
    for row in rows {
      let target = parameter.gradient + row * parameter.columns
      if !adding { target.clear(count: parameter.columns) }
      Rows.addRow(product.row(row), to: target, count: parameter.columns)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func multiply(
    _ product: Matrix<S>, by powers: Matrix<S>, slice: ParameterSlice<S>, adding: Bool
  ) {
    let run = slice.parameter.run(ofGroups: slice.groups, block: 0)
    let (product, powers, gradient) = (product.base, powers.base, slice.parameter.gradient)
    for index in run {
      gradient[index] = (adding ? gradient[index] : 0) + powers[index] * product[index]
    }
  }

  /// Entries that were looked up; no other one is touched.
  private func paySparsely(_ slice: ParameterSlice<S>) {
    let parameter = slice.parameter
    guard let owed = debts[parameter.index] else { return }
    guard parameter.role == .table else {
      guard owed.count == 1, case .listed(let scales, nil, _, let places) = owed[0] else {
        preconditionFailure("\(parameter.name) is owed one sum for each weight")
      }
      return payWeights(slice, scales, places)
    }
    forEachEntry(of: slice) { id in
      let row = parameter.gradient + id * parameter.columns
      row.clear(count: parameter.columns)
      for debt in owed { add(debt, ofRow: id, to: row, count: parameter.columns) }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func payWeights(
    _ slice: ParameterSlice<S>, _ scales: UnsafePointer<S>, _ places: TokenIndex
  ) {
    let gradient = slice.parameter.gradient
    places.forEachID(in: slice.parameter.entries(ofGroups: slice.groups)) { id, places in
      var sum: S = 0
      for place in places { sum += scales[Int(place)] }
      gradient[id] = sum
    }
  }

  private func add(
    _ debt: Debt<S>, ofRow id: Int, to row: UnsafeMutablePointer<S>, count: Int
  ) {
    switch debt {
    case .listed(let scales, let x, let rows, let places):
      for place in places.tokens(of: id) {
        let scale = scales[Int(place)]
        if let x {
          Rows.addRow(x.row(Int(rows[Int(place)])), scaledBy: scale, to: row, count: count)
        } else {
          row[0] += scale
        }
      }
    case .scatter(let dy, let tokens):
      Rows.addRows(tokens.tokens(of: id), of: dy, column: 0, count: count, to: row)
    default: break
    }
  }

  private func scatter(
    _ dy: Matrix<S>, _ tokens: TokenIndex, slice: ParameterSlice<S>, adding: Bool
  ) {
    let parameter = slice.parameter
    let columns = parameter.columns
    for id in parameter.rows(ofGroups: slice.groups) {
      let row = parameter.gradient + id * columns
      if !adding { row.clear(count: columns) }
      Rows.addRows(tokens.tokens(of: id), of: dy, column: 0, count: columns, to: row)
    }
  }
}
