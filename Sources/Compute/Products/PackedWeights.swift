import CKernels

/// The right factor B[depth][columns] of a product A · B, packed once per update for all time steps
/// and all workers.
///
/// Panels of `layout.panelWidth` columns (the last may be narrower), K-major and aligned to 64
/// bytes; padding columns are zero. In bf16 two neighbours along the depth lie side by side.
///
/// `@unchecked Sendable`: workers write disjoint panels while packing, and a barrier separates
/// packing from multiplying, which only reads.
package final class PackedWeights<S: MatrixElement>: @unchecked Sendable {
  /// Rows of B, the length of the sums.
  package let depth: Int
  /// How the rows of the weight matrix stand as columns of B.
  package let layout: PanelLayout
  package let precision: Precision

  private let operations: PanelOperations<S>
  private let storage: AlignedBuffer<UInt8>

  /// Memory for B, packed with zeros.
  ///
  /// - Parameter kernels: the instruction set; a test may name another than the active one.
  package init(
    depth: Int, layout: PanelLayout, precision: Precision = .f32,
    kernels: UnsafePointer<unroll_kernels>? = S.native
  ) {
    precondition(depth >= 0, "depth \(depth)")
    self.depth = depth
    self.layout = layout
    self.precision = precision
    operations = PanelOperations(precision: precision, kernels: kernels)
    let bytes =
      layout.columnCount * operations.paddedDepth(depth) * operations.elementSize
    storage = AlignedBuffer(count: bytes)
  }

  package var byteCount: Int { storage.byteCount }

  /// Deals their memory to some nodes in turn.
  package func interleave(over nodes: [Int]) { storage.interleave(over: nodes) }

  private func panelStart(_ panel: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(storage.base)
      + panel * layout.panelWidth * operations.paddedDepth(depth) * operations.elementSize
  }

  // MARK: Packing

  /// Forward: B[k][column] = w[layout.row(atColumn: column) * stride + k], for weights stored
  /// `[layout.rowCount, depth]` as PyTorch does. Padding columns become zero.
  ///
  /// Packs the columns of `groups`; workers take disjoint groups.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func pack(transposing w: UnsafePointer<S>, stride: Int, groups: Range<Int>) {
    let lane = PanelLayout.lane
    let pairs = precision == .bf16 ? 2 : 1
    for strip in groups.lowerBound * layout.blocks..<groups.upperBound * layout.blocks {
      let first = strip * lane
      let panel = first / layout.panelWidth
      let columns = layout.columns(ofPanel: panel)
      let (count, row) = run(atColumn: first, atMost: lane)
      operations.transpose(
        rows: count, depth: depth, w + row * stride, stride: stride,
        into: panelStart(panel) + (first - columns.lowerBound) * pairs * operations.elementSize,
        width: columns.count)
    }
  }

  /// Backward: B[k][column] = w[depthLayout.row(atColumn: k) * stride + layout.row(atColumn:
  /// column)], zero where either layout has padding. `depth` is `depthLayout.columnCount`: the left
  /// operand's columns stand in the order of `depthLayout`.
  ///
  /// Packs the depth of `groups`, which are groups of `depthLayout`; workers take disjoint ones.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func pack(
    _ w: UnsafePointer<S>, stride wStride: Int, depthLayout: PanelLayout, groups: Range<Int>
  ) {
    precondition(
      depth == depthLayout.columnCount,
      "depth \(depth), but the depth's layout has \(depthLayout.columnCount) columns")
    // One block: the columns of a panel are neighbours in W, and one pass gathers them all.
    let wholePanel = layout.blocks == 1
    let pairs = precision == .bf16 ? 2 : 1
    let groupDepth = depthLayout.blocks * PanelLayout.lane
    let end = groups.upperBound * groupDepth
    // A list of 128 pointers fits the stack; a longer one would be allocated.
    let chunk = 128
    withUnsafeTemporaryAllocation(of: UnsafePointer<S>?.self, capacity: chunk) { rows in
      for start in stride(from: groups.lowerBound * groupDepth, to: end, by: chunk) {
        let k = min(chunk, end - start)
        for j in 0..<k {
          rows[j] = depthLayout.row(atColumn: start + j).map { w + $0 * wStride }
        }
        for panel in 0..<layout.panelCount {
          let columns = layout.columns(ofPanel: panel)
          let width = wholePanel ? columns.count : PanelLayout.lane
          let target = panelStart(panel) + start * columns.count * operations.elementSize
          for first in stride(from: columns.lowerBound, to: columns.upperBound, by: width) {
            let (count, row) = run(atColumn: first, atMost: width)
            operations.gather(
              depth: k, columns: count, padded: width, rows: rows.baseAddress!, offset: row,
              into: target + (first - columns.lowerBound) * pairs * operations.elementSize,
              width: columns.count)
          }
        }
      }
    }
  }

  /// The neighbouring rows of W that stand at the columns from `column` on.
  private func run(atColumn column: Int, atMost limit: Int) -> (count: Int, start: Int) {
    let group = column / (layout.blocks * PanelLayout.lane)
    return (
      min(limit, layout.units - group * PanelLayout.lane), layout.row(atColumn: column)!
    )
  }

  // MARK: Multiplying

  /// C = (adding ? C : 0) + A · B for the columns of one panel and `m` rows.
  ///
  /// `c` is row 0, column 0 of the whole product, whose rows hold `layout.columnCount` columns,
  /// padding included. A sum starts from C and runs in the order of the depth, whatever `m` is.
  ///
  /// - Parameter part: the part of the depth that is summed, from a multiple of 16 on, where the
  ///   rest of B's panel is zero; nil for all.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func multiply(
    panel: Int, rows m: Int, _ a: LeftOperand<S>, into c: UnsafeMutablePointer<S>, stride: Int,
    adding: Bool, part: Range<Int>? = nil
  ) {
    precondition(a.precision == precision, "operand in \(a.precision), weights in \(precision)")
    let columns = layout.columns(ofPanel: panel)
    let first = part?.lowerBound ?? 0
    operations.panel(
      rows: m, columns: columns.count, depth: part?.count ?? depth,
      a.elements + first * operations.elementSize, stride: a.stride,
      panel: UnsafeRawPointer(panelStart(panel) + first * columns.count * operations.elementSize),
      width: columns.count, into: c + columns.lowerBound, cStride: stride, adding: adding)
  }

  /// The same for every panel.
  package func multiply(
    rows m: Int, _ a: LeftOperand<S>, into c: UnsafeMutablePointer<S>, stride: Int, adding: Bool
  ) {
    for panel in 0..<layout.panelCount {
      multiply(panel: panel, rows: m, a, into: c, stride: stride, adding: adding)
    }
  }
}
