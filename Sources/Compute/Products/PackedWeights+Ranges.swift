/// Rows of a matrix as contiguous ranges: what one worker owns at several time steps.
extension PackedWeights {
  /// Y[rows] = (adding ? Y : 0) + X[rows] · B for the rows in `ranges`.
  ///
  /// One sweep over the packed weights serves all ranges: each panel is read once and multiplied
  /// with every range. In bf16 the rows of X are rounded once.
  ///
  /// - x: `[_, depth]`; y: `[_, layout.columnCount]`, padding is written.
  public func multiply(
    _ x: Matrix<S>, _ ranges: [Range<Int>], into y: Matrix<S>, adding: Bool,
    scratch: ProductScratch
  ) {
    let operands = LeftOperand.operands(
      x, ranges, depth: depth, precision: precision, scratch: scratch)
    for panel in 0..<layout.panelCount {
      for (range, operand) in zip(ranges, operands) {
        multiply(
          panel: panel, rows: range.count, operand, into: y.row(range.lowerBound),
          stride: y.stride, adding: adding)
      }
    }
  }
}
