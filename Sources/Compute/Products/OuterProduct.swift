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
public struct OuterProduct<S: Real>: @unchecked Sendable {
  public let layout: PanelLayout
  /// Columns of X and of dW.
  public let columnCount: Int
  public let precision: Precision
  private let operations: PanelOperations<S>

  /// Rows of one block along k: a packed panel of X (64 columns) then stays in the L2 cache beside
  /// the block of G, and C is read and written once per 256 products.
  static var depthBlock: Int { 256 }
  /// Columns of X packed at once.
  static var columnBlock: Int { 1024 }

  /// - Parameter kernels: the instruction set; a test may name another than the active one.
  public init(
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
  ///   - scratch: the worker's own.
  public func compute(
    groups: Range<Int>, gradients: RowSource<S>, inputs: RowSource<S>,
    into dW: UnsafeMutablePointer<S>, adding: Bool, scratch: ProductScratch
  ) {
    precondition(
      gradients.rowCount == inputs.rowCount,
      "\(gradients.rowCount) rows of gradients, \(inputs.rowCount) of inputs")
    guard !groups.isEmpty else { return }
    let depth = gradients.rowCount
    let work = Work(operations: operations, columns: min(columnCount, Self.columnBlock), scratch)
    for column in stride(from: 0, to: columnCount, by: Self.columnBlock) {
      let columns = column..<min(column + Self.columnBlock, columnCount)
      // No rows: one empty block still writes the zeros.
      for start in stride(from: 0, to: max(depth, 1), by: Self.depthBlock) {
        let k = min(Self.depthBlock, depth - start)
        inputs.pointers(from: start, count: k, into: work.inputRows)
        gradients.pointers(from: start, count: k, into: work.gradientRows)
        packInputs(columns: columns, depth: k, work)
        for group in stride(from: groups.lowerBound, to: groups.upperBound, by: 4 / layout.blocks) {
          let last = min(group + layout.groupsPerPanel, groups.upperBound)
          multiply(
            groups: group..<last, columns: columns, depth: k, into: dW, adding: adding || start > 0,
            work)
        }
      }
    }
  }

  /// Where the packed operands lie in the scratch.
  private struct Work {
    let inputRows: UnsafeMutablePointer<UnsafePointer<S>?>
    let gradientRows: UnsafeMutablePointer<UnsafePointer<S>?>
    let gradientPanel: UnsafeMutableRawPointer
    let inputPanels: UnsafeMutableRawPointer
    /// Bytes of a panel of 64 columns.
    let panelBytes: Int

    init(operations: PanelOperations<S>, columns: Int, _ scratch: ProductScratch) {
      let pointers = OuterProduct.depthBlock * MemoryLayout<UnsafePointer<S>?>.stride
      panelBytes = OuterProduct.depthBlock * 64 * operations.elementSize
      let panels = (columns + 63) / 64
      let memory = scratch.reserve(2 * pointers + (panels + 1) * panelBytes)
      inputRows = memory.assumingMemoryBound(to: UnsafePointer<S>?.self)
      gradientRows = (memory + pointers).assumingMemoryBound(to: UnsafePointer<S>?.self)
      gradientPanel = memory + 2 * pointers
      inputPanels = gradientPanel + panelBytes
    }
  }

  private func packInputs(columns: Range<Int>, depth k: Int, _ work: Work) {
    for (panel, column) in stride(from: columns.lowerBound, to: columns.upperBound, by: 64)
      .enumerated()
    {
      let n = min(64, columns.upperBound - column)
      let width = (n + 15) & ~15
      operations.gather(
        depth: k, columns: n, padded: width, rows: work.inputRows, offset: column,
        into: work.inputPanels + panel * work.panelBytes, width: width)
    }
  }

  private func multiply(
    groups: Range<Int>, columns: Range<Int>, depth k: Int, into dW: UnsafeMutablePointer<S>,
    adding: Bool, _ work: Work
  ) {
    let lane = PanelLayout.lane
    let groupWidth = layout.blocks * lane
    let width = groups.count * groupWidth
    operations.gather(
      depth: k, columns: width, padded: width, rows: work.gradientRows,
      offset: groups.lowerBound * groupWidth, into: work.gradientPanel, width: width)
    // With one block the rows of neighbouring groups are neighbours: one tall product.
    let step = layout.blocks == 1 ? groups.count : 1
    for (panel, column) in stride(from: columns.lowerBound, to: columns.upperBound, by: 64)
      .enumerated()
    {
      let n = min(64, columns.upperBound - column)
      for group in stride(from: groups.lowerBound, to: groups.upperBound, by: step) {
        let unit = group * lane
        let m = min(step * lane, layout.units - unit)
        for block in 0..<layout.blocks {
          operations.packed(
            rows: m, columns: n, depth: k, UnsafeRawPointer(work.gradientPanel),
            column: (group - groups.lowerBound) * groupWidth + block * lane, aWidth: width,
            panel: UnsafeRawPointer(work.inputPanels + panel * work.panelBytes),
            width: (n + 15) & ~15,
            into: dW + (block * layout.units + unit) * columnCount + column,
            cStride: columnCount, adding: adding)
        }
      }
    }
  }
}

/// The sum owed to a bias: db[row] = (adding ? db : 0) + Σ_k G[k][column of row], in the order of k.
///
/// Only the rows of `groups` are touched. Cost: one read of their columns of G.
public func columnSums<S: Real>(
  of gradients: RowSource<S>, layout: PanelLayout, groups: Range<Int>,
  into db: UnsafeMutablePointer<S>, adding: Bool
) {
  let lane = PanelLayout.lane
  for group in groups {
    let units = min(lane, layout.units - group * lane)
    for block in 0..<layout.blocks {
      let target = db + block * layout.units + group * lane
      var sum = SIMD16<S>(repeating: 0)
      if adding { for i in 0..<units { sum[i] = target[i] } }
      sum = stripSum(
        of: gradients, column: (group * layout.blocks + block) * lane, from: sum)
      for i in 0..<units { target[i] = sum[i] }
    }
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func stripSum<S: Real>(
  of rows: RowSource<S>, column: Int, from start: SIMD16<S>
) -> SIMD16<S> {
  var sum = start
  for segment in rows.segments {
    var row = UnsafeRawPointer(segment.rows + column)
    for _ in 0..<segment.count {
      sum += row.loadUnaligned(as: SIMD16<S>.self)
      row += rows.stride * MemoryLayout<S>.stride
    }
  }
  return sum
}
