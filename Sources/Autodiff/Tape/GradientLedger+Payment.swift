import Compute
import Parallel

// What is owed, formed once all rows are done.

extension GradientLedger {
  /// Overwrites the gradient of `slice` with all that is owed to it.
  ///
  /// - Parameters:
  ///   - leaf: nil for what all rows owe.
  ///   - gradient: that of the parameter: in the store, or in memory that is laid out like it.
  package func pay(
    _ slice: ParameterSlice<S>, leaf: Int? = nil, into gradient: UnsafeMutablePointer<S>,
    scratch: ProductScratch
  ) {
    let parameter = slice.parameter
    if parameter.role.isSparse {
      paySparsely(slice, leaf, gradient)
      return
    }
    guard let owed = debts(to: parameter, of: leaf) else {
      for block in slice.blocks {
        let run = slice.run(in: block)
        (gradient - parameter.offset + run.lowerBound)
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
      let target = gradient + blocks.lowerBound * parameter.layout.units * parameter.columns
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
        scatter(dy, tokens, slice: slice, to: gradient, adding: adding)
      case .listed: preconditionFailure("\(parameter.name) is stepped as a whole")
      case .multiplied(let dp, let weight, let product):
        payMultiplied(
          dp, weight, product, slice: slice, to: gradient, adding: adding, scratch: scratch)
      case .exponential(let dy, let x, let powers, let product):
        OuterProduct<S>(layout: layout, columnCount: parameter.columns)
          .compute(
            groups: slice.groups, gradients: dy, inputs: x, into: product.base, adding: false,
            scratch: scratch)
        multiply(product, by: powers, slice: slice, to: gradient, adding: adding)
      }
    }
    precondition(isWritten.allSatisfy(\.self), "\(parameter.name): a block has no gradient")
    parameter.writeLeadingZeros(to: gradient, groups: slice.groups)
    masks[parameter.index]?.apply(to: slice, gradient)
  }

  private func payMultiplied(
    _ dp: Matrix<S>, _ weight: PackedWeights<S>, _ product: Matrix<S>, slice: ParameterSlice<S>,
    to gradient: UnsafeMutablePointer<S>, adding: Bool, scratch: ProductScratch
  ) {
    let parameter = slice.parameter
    let rows = parameter.rows(ofGroups: slice.groups)
    weight.multiply(dp, [rows], into: product, adding: false, scratch: scratch)
    for row in rows {
      let target = gradient + row * parameter.columns
      if !adding { target.clear(count: parameter.columns) }
      Rows.addRow(product.row(row), to: target, count: parameter.columns)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func multiply(
    _ product: Matrix<S>, by powers: Matrix<S>, slice: ParameterSlice<S>,
    to gradient: UnsafeMutablePointer<S>, adding: Bool
  ) {
    let run = slice.parameter.run(ofGroups: slice.groups, block: 0)
    let (product, powers) = (product.base, powers.base)
    for index in run {
      gradient[index] = (adding ? gradient[index] : 0) + powers[index] * product[index]
    }
  }

  /// Entries that were looked up; no other one is touched.
  private func paySparsely(
    _ slice: ParameterSlice<S>, _ leaf: Int?, _ gradient: UnsafeMutablePointer<S>
  ) {
    let parameter = slice.parameter
    guard let owed = debts(to: parameter, of: leaf) else { return }
    guard parameter.role == .table else {
      guard owed.count == 1, case .listed(let scales, nil, _, let places) = owed[0] else {
        preconditionFailure("\(parameter.name) is owed one sum for each weight")
      }
      return payWeights(slice, gradient, scales, places)
    }
    forEachEntry(of: slice, leaf) { id in
      let row = gradient + id * parameter.columns
      row.clear(count: parameter.columns)
      for debt in owed { add(debt, ofRow: id, to: row, count: parameter.columns) }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func payWeights(
    _ slice: ParameterSlice<S>, _ gradient: UnsafeMutablePointer<S>, _ scales: UnsafePointer<S>,
    _ places: TokenIndex
  ) {
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
      tokens.tokens(of: id).withUnsafeBufferPointer {
        Rows.addRows($0, of: dy, column: 0, count: count, to: row)
      }
    default: break
    }
  }

  private func scatter(
    _ dy: Matrix<S>, _ tokens: TokenIndex, slice: ParameterSlice<S>,
    to gradient: UnsafeMutablePointer<S>, adding: Bool
  ) {
    let parameter = slice.parameter
    let columns = parameter.columns
    let rows = parameter.rows(ofGroups: slice.groups)
    if !adding { (gradient + rows.lowerBound * columns).clear(count: rows.count * columns) }
    tokens.forEachID(in: rows) { id, tokens in
      Rows.addRows(tokens, of: dy, column: 0, count: columns, to: gradient + id * columns)
    }
  }
}
