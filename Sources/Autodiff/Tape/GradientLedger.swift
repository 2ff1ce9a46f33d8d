import Compute
import Parallel

/// The products and sums that operations owe to parameters.
///
/// Each element of a gradient is formed by one worker, in one order: debts as recorded, tokens as
/// they stand in the minibatch. So the bits do not depend on the number of workers, no gradient is
/// kept twice, and nothing is atomic.
///
/// `@unchecked Sendable`: debts are recorded outside parallel regions and only read inside.
package final class GradientLedger<S: MatrixElement>: @unchecked Sendable {
  private var owed: [Int: Owed] = [:]
  private var tokenSums: [Int: [TokenSum<S>]] = [:]
  private var listedProducts: [ListedProduct<S>] = []
  private(set) var masks: [Int: GradientMask] = [:]
  package var precision = Precision.f32

  /// What one parameter is owed, as recorded; with the leaves of the rows that owe it, where several are
  /// recorded together.
  private struct Owed {
    var debts: [Debt<S>] = []
    var rows: [LeafRows?] = []
  }

  package init() {}

  package func removeAll() {
    owed.removeAll(keepingCapacity: true)
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
      for row in 0..<sum.dp.rows { (sum.dp.row(row) + first).clear(count: count) }
      for (dp, tokens) in sum.parts {
        tokens.forEachID(in: 0..<dp.rows) { id, tokens in
          Rows.addRows(tokens, of: sum.dy, column: first, count: count, to: dp.row(id) + first)
        }
      }
    }
  }

  /// Debts that are alike, such as those of single steps, become one: a long product runs at full
  /// speed where many short ones would not.
  ///
  /// - Parameter rows: the leaves of the rows that owe it, where several are recorded together.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func owe(_ debt: Debt<S>, of rows: LeafRows? = nil, to parameter: Parameter<S>) {
    if rows == nil, let earlier = owed[parameter.index]?.debts {
      for (place, first) in earlier.enumerated() {
        guard let both = first.followed(by: debt) else { continue }
        owed[parameter.index]?.debts[place] = both
        return
      }
    }
    owed[parameter.index, default: Owed()].debts.append(debt)
    owed[parameter.index]?.rows.append(rows)
  }

  /// What is owed to a parameter: by all rows or, where several leaves are recorded together, by those of one;
  /// nil for nothing. What all rows owe is handed out as it lies: an update asks several times a slice.
  func debts(to parameter: Parameter<S>, of leaf: Int?) -> [Debt<S>]? {
    guard let owed = owed[parameter.index] else { return nil }
    guard let leaf else { return owed.debts }
    return zip(owed.debts, owed.rows).compactMap { debt, rows in
      if let rows { debt.part(leaf, of: rows) } else { debt }
    }
  }

  /// Bytes of scratch memory that a worker needs to pay the products that are owed to `parameters`.
  func scratchBytes(for parameters: [Parameter<S>]) -> Int {
    let listed = listedProducts.map {
      OuterProduct<S>.scratchBytes(depth: $0.dy.rowCount, columns: $0.columns)
    }
    let owed = parameters.map { parameter in
      (debts(to: parameter, of: nil) ?? []).map { debt in
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
  ///
  /// - Parameter leaf: nil for all rows.
  package func forEachRun(
    of slice: ParameterSlice<S>, leaf: Int? = nil, _ body: (Range<Int>) -> Void
  ) {
    let parameter = slice.parameter
    guard parameter.role.isSparse else {
      for block in slice.blocks { body(slice.run(in: block)) }
      return
    }
    let size = parameter.entrySize
    forEachEntry(of: slice, leaf) { id in
      let start = parameter.offset + id * size
      body(start..<start + size)
    }
  }

  /// Calls `body` with the entries of a table that some token has looked up, ascending.
  func forEachEntry(of slice: ParameterSlice<S>, _ leaf: Int?, _ body: (Int) -> Void) {
    guard let owed = debts(to: slice.parameter, of: leaf) else { return }
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
    (debts(to: table, of: nil) ?? []).reduce(0) { $0 + Self.index(of: $1).placeCount }
  }

  /// Which entries of a table a debt is owed to.
  private static func index(of debt: Debt<S>) -> TokenIndex {
    switch debt {
    case .scatter(_, let tokens): tokens
    case .listed(_, _, _, let places): places
    default: preconditionFailure("a table is owed its gradient by rows")
    }
  }
}
