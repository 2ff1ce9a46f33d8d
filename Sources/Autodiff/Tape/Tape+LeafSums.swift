import Compute
import Parallel

// What leaves that are recorded together owe, added in their tree. After `prepareDebts`.

extension Tape {
  /// What one leaf owes to `slice`, alone.
  ///
  /// - Parameters:
  ///   - leaf: counted from the first of those recorded together.
  ///   - gradient: where that of the parameter begins.
  ///   - body: is called with where there is a gradient, in the store's flat buffers.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func payDebts(
    ofLeaf leaf: Int, _ slice: ParameterSlice<S>, into gradient: UnsafeMutablePointer<S>,
    _ worker: Worker, _ body: (Range<Int>) -> Void
  ) {
    ledger.pay(slice, leaf: leaf, into: gradient, scratch: scratches[worker.index])
    ledger.forEachRun(of: slice, leaf: leaf, body)
  }

  /// The sum of what all leaves owe to `slice`, where that is one product for each gate, which is nearly all
  /// there is to do: formed piece by piece in the cache.
  ///
  /// - Parameters:
  ///   - rounding: of each sum.
  ///   - waiting: as many copies of the gradient's memory as the tree is high.
  /// - Returns: false where it is anything else: then nothing is done.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func payProducts(
    _ slice: ParameterSlice<S>, in tree: LeafTree, rounding: Precision,
    waiting: [UnsafeMutablePointer<S>], _ worker: Worker
  ) -> Bool {
    let parameter = slice.parameter
    let leaves = tree.leaves
    let products = leaves.compactMap { ledger.products(of: parameter, leaf: $0) }
    guard let first = products.first, products.count == leaves.count else { return false }
    for (place, product) in first.enumerated() {
      var operands = [OuterProduct<S>.Leaf?](repeating: nil, count: (leaves.last ?? 0) + 1)
      for (leaf, products) in zip(leaves, products) {
        precondition(products[place].blocks == product.blocks, "leaves owe different products")
        operands[leaf] = products[place].operands
      }
      let start = product.blocks.lowerBound * parameter.layout.units * parameter.columns
      OuterProduct<S>(
        layout: PanelLayout(blocks: product.blocks.count, units: parameter.layout.units),
        columnCount: parameter.columns, precision: precision
      ).compute(
        groups: slice.groups, leaves: operands, in: tree, rounding: rounding,
        into: parameter.gradient + start, waiting: waiting.map { $0 + parameter.offset + start },
        unread: parameter.leadingZeros, scratch: scratches[worker.index])
    }
    parameter.writeLeadingZeros(to: parameter.gradient, groups: slice.groups)
    return true
  }
}

extension GradientLedger {
  /// What is owed to a parameter, if that is one product for each of its blocks and nothing else.
  fileprivate func products(
    of parameter: Parameter<S>, leaf: Int
  ) -> [(blocks: Range<Int>, operands: OuterProduct<S>.Leaf)]? {
    guard !parameter.role.isSparse, masks[parameter.index] == nil,
      let owed = debts(to: parameter, of: leaf)
    else { return nil }
    var products: [(blocks: Range<Int>, operands: OuterProduct<S>.Leaf)] = []
    for debt in owed {
      let operands: OuterProduct<S>.Leaf
      switch debt {
      case .product(let dy, let x, _): operands = OuterProduct<S>.Leaf(gradients: dy, inputs: x)
      case .tableProduct(let dy, let table, _):
        operands = OuterProduct<S>.Leaf(
          gradients: RowSource(dy),
          inputs: RowSource(table.value, stride: table.columns, rowCount: table.rows))
      case .sum, .scatter, .listed, .multiplied, .exponential: return nil
      }
      products.append((debt.blocks ?? 0..<parameter.layout.blocks, operands))
    }
    let blocks = products.flatMap(\.blocks).sorted()
    return blocks == Array(0..<parameter.layout.blocks) ? products : nil
  }
}
