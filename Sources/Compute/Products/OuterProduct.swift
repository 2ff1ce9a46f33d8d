import CKernels

/// The product owed to a weight: dW[row][j] = Σ_k G[k][column of row] · X[k][j].
///
/// G holds the gradients of the pre-activations, its columns in the order of `layout`; X the inputs
/// that were multiplied with the weight; k runs over all rows of the minibatch, in order. Workers
/// compute disjoint ranges of groups (16 units with all their blocks).
///
/// Every element is one chain of additions along k, so its bits depend neither on the range of
/// groups, nor on the blocking, nor on how the rows lie in memory.
///
/// `@unchecked Sendable`: a constant description; the pointer in it leads to a constant table.
package struct OuterProduct<S: MatrixElement>: @unchecked Sendable {
  package let layout: PanelLayout
  /// Columns of X and of dW.
  package let columnCount: Int
  package let precision: Precision
  let operations: PanelOperations<S>

  /// Rows of one block along k. A panel of X (64 columns of them) and a block of G stay in the L2
  /// cache, and dW is read and written once per block.
  /// Equal blocks of at most 704 rows, with which both take 0.9 MB; an even number, since bf16 takes rows in pairs.
  static func depthBlock(_ depth: Int) -> Int {
    let blocks = max(1, (depth + depthLimit - 1) / depthLimit)
    return max(2, ((depth + blocks - 1) / blocks + 1) & ~1)
  }
  static var depthLimit: Int { 704 }
  /// Columns of X packed at once.
  static var inputBlock: Int { 1024 }
  /// Columns of one panel of X.
  static var inputPanel: Int { 64 }
  /// Columns of G packed at once, at the most.
  static var gradientBlock: Int { 256 }

  /// - Parameter kernels: the instruction set; a test may name another than the active one.
  package init(
    layout: PanelLayout, columnCount: Int, precision: Precision = .f32,
    kernels: UnsafePointer<unroll_kernels>? = S.native
  ) {
    self.layout = layout
    self.columnCount = columnCount
    self.precision = precision
    operations = PanelOperations(precision: precision, kernels: kernels)
  }

  /// Computes the rows of dW that belong to `groups`: `layout.blocks` runs of up to 16 rows each.
  ///
  /// - Parameters:
  ///   - gradients: G, rows of `layout.columnCount` columns, padding included.
  ///   - inputs: X, as many rows, of `columnCount` columns.
  ///   - dW: `[layout.rowCount][columnCount]`, dense, as PyTorch stores the weight. Only the rows
  ///     of `groups` are touched.
  ///   - adding: whether the sums start from what dW holds, or from zero.
  ///   - unread: for each row of dW, how many columns from the left nobody will read: where whole
  ///     tiles are, they are left out. One block only; nil for none.
  ///   - scratch: the worker's own.
  package func compute(
    groups: Range<Int>, gradients: RowSource<S>, inputs: RowSource<S>,
    into dW: UnsafeMutablePointer<S>, adding: Bool, unread: [Int]? = nil, scratch: ProductScratch
  ) {
    precondition(
      gradients.rowCount == inputs.rowCount,
      "\(gradients.rowCount) rows of gradients, \(inputs.rowCount) of inputs")
    guard !groups.isEmpty else { return }
    let depth = gradients.rowCount
    let depthBlock = Self.depthBlock(depth)
    let work = Work(
      operations: operations, depth: depthBlock, columns: min(columnCount, Self.inputBlock),
      scratch)
    // Smaller blocks have fewer rows that read what another of them does not.
    let gradientBlock = unread == nil ? Self.gradientBlock : Self.inputPanel
    let groupStep = gradientBlock / (layout.blocks * PanelLayout.lane)
    for column in stride(from: 0, to: columnCount, by: Self.inputBlock) {
      let columns = column..<min(column + Self.inputBlock, columnCount)
      // No rows: one empty block still writes the zeros.
      for start in stride(from: 0, to: max(depth, 1), by: depthBlock) {
        let k = min(depthBlock, depth - start)
        inputs.pointers(from: start, count: k, into: work.inputRows)
        gradients.pointers(from: start, count: k, into: work.gradientRows)
        operations.gather(
          depth: k, columns: columns.count, padded: (columns.count + 15) & ~15,
          rows: work.inputRows, offset: columns.lowerBound, into: work.inputPanels,
          width: Self.inputPanel, panelStep: work.panelBytes / operations.elementSize)
        for group in stride(from: groups.lowerBound, to: groups.upperBound, by: groupStep) {
          let last = min(group + groupStep, groups.upperBound)
          let rows = group * PanelLayout.lane..<min(last * PanelLayout.lane, layout.units)
          multiply(
            groups: group..<last, columns: columns, depth: k, into: dW, adding: adding || start > 0,
            from: unread?[rows].min() ?? 0, work)
        }
      }
    }
  }

  /// Bytes of scratch memory that a worker needs for a product over `depth` rows.
  package static func scratchBytes(depth: Int, columns: Int) -> Int {
    Work.byteCount(
      depth: depthBlock(depth), columns: min(columns, inputBlock),
      elementSize: MemoryLayout<S>.stride)
  }

  /// Where the packed operands lie in the scratch.
  struct Work {
    let inputRows: UnsafeMutablePointer<UnsafePointer<S>?>
    let gradientRows: UnsafeMutablePointer<UnsafePointer<S>?>
    let gradientPanels: UnsafeMutableRawPointer
    let inputPanels: UnsafeMutableRawPointer
    /// Bytes of a panel of X.
    let panelBytes: Int
    /// Room for sums, behind the operands.
    let sums: UnsafeMutablePointer<S>

    static func byteCount(depth: Int, columns: Int, elementSize: Int) -> Int {
      let panels = (columns + OuterProduct.inputPanel - 1) / OuterProduct.inputPanel
      let operands = OuterProduct.gradientBlock + panels * OuterProduct.inputPanel
      return depth * (2 * MemoryLayout<UnsafePointer<S>?>.stride + operands * elementSize)
    }

    /// - Parameter sums: numbers in all sums.
    init(
      operations: PanelOperations<S>, depth: Int, columns: Int, sums count: Int = 0,
      _ scratch: ProductScratch
    ) {
      let pointers = depth * MemoryLayout<UnsafePointer<S>?>.stride
      let gradients = depth * OuterProduct.gradientBlock * operations.elementSize
      panelBytes = depth * OuterProduct.inputPanel * operations.elementSize
      let operands = Self.byteCount(
        depth: depth, columns: columns, elementSize: operations.elementSize)
      let memory = scratch.reserve(
        (operands + 63) & ~63 + count * MemoryLayout<S>.stride)
      sums = (memory + (operands + 63) & ~63).bindMemory(to: S.self, capacity: count)
      inputRows = memory.assumingMemoryBound(to: UnsafePointer<S>?.self)
      gradientRows = (memory + pointers).assumingMemoryBound(to: UnsafePointer<S>?.self)
      gradientPanels = memory + 2 * pointers
      inputPanels = gradientPanels + gradients
    }
  }

  private func multiply(
    groups: Range<Int>, columns: Range<Int>, depth k: Int, into dW: UnsafeMutablePointer<S>,
    adding: Bool, from first: Int, _ work: Work
  ) {
    if first >= columns.upperBound { return }
    let width = groups.count * PanelLayout.lane
    operations.gatherBlocks(
      depth: k, groups: groups.count, blocks: layout.blocks, rows: work.gradientRows,
      offset: groups.lowerBound * layout.blocks * PanelLayout.lane, into: work.gradientPanels)
    let blockBytes = width * operations.paddedDepth(k) * operations.elementSize
    let unit = groups.lowerBound * PanelLayout.lane
    let m = min(width, layout.units - unit)
    for (panel, column) in stride(
      from: columns.lowerBound, to: columns.upperBound, by: Self.inputPanel
    ).enumerated() {
      let n = min(Self.inputPanel, columns.upperBound - column)
      if column + n <= first { continue }
      for block in 0..<layout.blocks {
        operations.packed(
          rows: m, columns: n, depth: k,
          UnsafeRawPointer(work.gradientPanels + block * blockBytes), aWidth: width,
          panel: UnsafeRawPointer(work.inputPanels + panel * work.panelBytes),
          width: Self.inputPanel, into: dW + (block * layout.units + unit) * columnCount + column,
          cStride: columnCount, onto: adding ? .continued : .replaced)
      }
    }
  }
}
