// The same product where the rows belong to leaves: each leaf's product is formed as if it were alone, and they
// are added in their tree.
//
// As many leaves of a subtree are packed at once as a block of the depth has room for. Their products and sums
// are formed tile by tile in the L1 cache, so that dW is written and read as often as by one long product. What
// waits for a subtree that is longer than a block lies in memory like dW.

extension OuterProduct {
  /// What a leaf has to be multiplied.
  package struct Leaf {
    let gradients: RowSource<S>
    let inputs: RowSource<S>

    package init(gradients: RowSource<S>, inputs: RowSource<S>) {
      precondition(
        gradients.rowCount == inputs.rowCount,
        "\(gradients.rowCount) rows of gradients, \(inputs.rowCount) of inputs")
      self.gradients = gradients
      self.inputs = inputs
    }

    /// With padding, in any precision.
    var depth: Int { (gradients.rowCount + 1) & ~1 }
  }

  /// Computes the rows of dW that belong to `groups`, in the sum over `leaves`.
  ///
  /// - Parameters:
  ///   - leaves: by their number in the tree.
  ///   - rounding: of each leaf's product and each sum.
  ///   - waiting: as many as the tree is high, each laid out as dW, for this worker to write to at the same
  ///     places.
  ///
  /// All else is as in `compute(groups:gradients:inputs:into:adding:unread:scratch:)`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func compute(
    groups: Range<Int>, leaves: [Leaf?], in tree: LeafTree, rounding: Precision,
    into dW: UnsafeMutablePointer<S>, waiting: [UnsafeMutablePointer<S>], unread: [Int]? = nil,
    scratch: ProductScratch
  ) {
    guard !groups.isEmpty else { return }
    let steps = LeafStep<S>.steps(of: leaves, in: tree, depthLimit: Self.depthLimit)
    let tile = Self.inputPanel * Self.inputPanel
    let work = Work(
      operations: operations, depth: steps.reduce(2) { max($0, $1.depth) },
      columns: min(columnCount, Self.inputBlock), sums: tree.height * tile, scratch)
    let sums = LeafTiles(
      places: [dW] + waiting, columnCount: columnCount, rounding: rounding,
      scratch: (0..<tree.height).map { work.sums + $0 * tile })
    let gradientBlock = unread == nil ? Self.gradientBlock : Self.inputPanel
    let groupStep = gradientBlock / (layout.blocks * PanelLayout.lane)
    for column in stride(from: 0, to: columnCount, by: Self.inputBlock) {
      let columns = column..<min(column + Self.inputBlock, columnCount)
      for step in steps {
        gatherInputs(step, leaves, columns, work)
        for group in stride(from: groups.lowerBound, to: groups.upperBound, by: groupStep) {
          let groups = group..<min(group + groupStep, groups.upperBound)
          let end = min(groups.upperBound * PanelLayout.lane, layout.units)
          let rows = groups.lowerBound * PanelLayout.lane..<end
          let first = unread?[rows].min() ?? 0
          if first >= columns.upperBound { continue }
          // Of equal tiles none is low.
          let tiles = (rows.count + Self.inputPanel - 1) / Self.inputPanel
          let height = (rows.count + tiles - 1) / tiles
          gatherGradients(step, groups, work)
          for (panel, column) in stride(
            from: columns.lowerBound, to: columns.upperBound, by: Self.inputPanel
          ).enumerated() {
            let n = min(Self.inputPanel, columns.upperBound - column)
            if column + n <= first { continue }
            for block in 0..<layout.blocks {
              for row in stride(from: rows.lowerBound, to: rows.upperBound, by: height) {
                let packed = PackedTile(
                  operations: operations, work: work, width: groups.count * PanelLayout.lane,
                  blocks: layout.blocks, block: block, row: row - rows.lowerBound, panel: panel,
                  rows: min(height, rows.upperBound - row), columns: n)
                sums.form(
                  step, packed, at: (block * layout.units + row) * columnCount + column)
              }
            }
          }
        }
      }
    }
  }

  /// Bytes of scratch memory that a worker needs at the most.
  package static func scratchBytes(ofLeaves count: Int, columns: Int) -> Int {
    let height = Int.bitWidth - (count - 1).leadingZeroBitCount
    return Work.byteCount(
      depth: depthLimit, columns: min(columns, inputBlock), elementSize: MemoryLayout<S>.stride)
      + height * inputPanel * inputPanel * MemoryLayout<S>.stride
  }

  private func gatherInputs(
    _ step: LeafStep<S>, _ leaves: [Leaf?], _ columns: Range<Int>, _ work: Work
  ) {
    for part in step.parts {
      guard let leaf = leaves[part.leaf] else { continue }
      leaf.inputs.pointers(
        from: part.start, count: part.count, into: work.inputRows + part.place)
      leaf.gradients.pointers(
        from: part.start, count: part.count, into: work.gradientRows + part.place)
      operations.gather(
        depth: part.count, columns: columns.count, padded: (columns.count + 15) & ~15,
        rows: work.inputRows + part.place, offset: columns.lowerBound,
        into: work.inputPanels + part.place * Self.inputPanel * operations.elementSize,
        width: Self.inputPanel, panelStep: work.panelBytes / operations.elementSize)
    }
  }

  private func gatherGradients(_ step: LeafStep<S>, _ groups: Range<Int>, _ work: Work) {
    let width = groups.count * PanelLayout.lane
    for part in step.parts {
      operations.gatherBlocks(
        depth: part.count, groups: groups.count, blocks: layout.blocks,
        rows: work.gradientRows + part.place,
        offset: groups.lowerBound * layout.blocks * PanelLayout.lane,
        into: work.gradientPanels + part.place * layout.blocks * width * operations.elementSize)
    }
  }
}
