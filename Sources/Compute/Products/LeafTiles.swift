/// The operands of a tile of dW, of up to 64 rows and columns.
struct PackedTile<S: MatrixElement> {
  let operations: PanelOperations<S>
  let work: OuterProduct<S>.Work
  /// Of a packed block of G.
  let width: Int
  let blocks: Int
  let block: Int
  /// Of the tile, among those of the block.
  let row: Int
  let panel: Int
  let rows: Int
  let columns: Int

  /// The product of a leaf.
  func multiply(
    _ part: LeafStep<S>.Part, into c: UnsafeMutablePointer<S>, stride: Int, onto: ProductTarget
  ) {
    let size = operations.elementSize
    let pairs = operations.paddedDepth(1)
    let gradients =
      work.gradientPanels
      + (part.place * blocks * width + block * width * operations.paddedDepth(part.count)
        + row * pairs) * size
    let inputs =
      work.inputPanels + panel * work.panelBytes + part.place * OuterProduct<S>.inputPanel * size
    operations.packed(
      rows: rows, columns: columns, depth: part.count, UnsafeRawPointer(gradients), aWidth: width,
      panel: UnsafeRawPointer(inputs), width: OuterProduct<S>.inputPanel, into: c, cStride: stride,
      onto: onto)
  }
}

/// Forms and adds the tiles of a step.
struct LeafTiles<S: MatrixElement> {
  /// dW, and what is laid out like it.
  let places: [UnsafeMutablePointer<S>]
  let columnCount: Int
  let rounding: Precision
  /// Room for a tile of each level of the tree.
  let scratch: [UnsafeMutablePointer<S>]

  private var stride: Int { OuterProduct<S>.inputPanel }

  func form(_ step: LeafStep<S>, _ tile: PackedTile<S>, at offset: Int) {
    let target = places[step.target] + offset
    if step.onto == .continued || !step.isLast {
      tile.multiply(step.parts[0], into: target, stride: columnCount, onto: step.onto)
      if step.isLast { round(target, columnCount, tile) }
    } else {
      var part = 0
      form(step.node, step, &part, tile, into: target, columnCount, step.onto, level: 0)
    }
    for sum in step.sums {
      let to = places[sum.to] + offset
      add(places[sum.from] + offset, columnCount, to: to, columnCount, tile)
    }
  }

  /// - Parameter part: place of the node's first leaf among the step's; that of the next one afterwards.
  private func form(
    _ node: LeafTree, _ step: LeafStep<S>, _ part: inout Int, _ tile: PackedTile<S>,
    into c: UnsafeMutablePointer<S>, _ cStride: Int, _ onto: ProductTarget, level: Int
  ) {
    switch node {
    case .leaf where onto == .replaced || rounding == .f32:
      tile.multiply(step.parts[part], into: c, stride: cStride, onto: onto)
      round(c, cStride, tile)
      part += 1
    case .sum(let left, let right) where onto == .replaced:
      form(left, step, &part, tile, into: c, cStride, .replaced, level: level)
      form(right, step, &part, tile, into: c, cStride, .added, level: level)
    default:
      let sum = scratch[level]
      form(node, step, &part, tile, into: sum, stride, .replaced, level: level + 1)
      add(sum, stride, to: c, cStride, tile)
    }
  }

  private func add(
    _ x: UnsafePointer<S>, _ xStride: Int, to y: UnsafeMutablePointer<S>, _ yStride: Int,
    _ tile: PackedTile<S>
  ) {
    tile.operations.add(
      rows: tile.rows, columns: tile.columns, x, stride: xStride, to: y, stride: yStride)
    round(y, yStride, tile)
  }

  private func round(_ x: UnsafeMutablePointer<S>, _ stride: Int, _ tile: PackedTile<S>) {
    guard rounding == .bf16 else { return }
    for row in 0..<tile.rows { BFloat16.round(x + row * stride, count: tile.columns) }
  }
}
