/// Rows of a matrix as contiguous ranges: what one worker owns at several time steps.
extension PackedWeights {
  /// Y[rows] = (adding ? Y : 0) + X[rows] · B for the rows in `ranges`.
  ///
  /// One sweep over the packed weights serves all ranges: each panel is read once and multiplied
  /// with every range. In bf16 the rows of X are rounded once.
  ///
  /// - x: `[_, depth]`; y: `[_, layout.columnCount]`, padding is written.
  ///
  /// - Parameter panels: those whose columns are formed; nil for all.
  package func multiply(
    _ x: Matrix<S>, _ ranges: [Range<Int>], into y: Matrix<S>, panels: Range<Int>? = nil,
    adding: Bool, scratch: ProductScratch
  ) {
    let rounded = LeftOperand.rounded(
      x, ranges, depth: depth, precision: precision, scratch: scratch)
    for panel in panels ?? 0..<layout.panelCount {
      var done = 0
      for range in ranges {
        let operand =
          rounded?.advanced(byRows: done)
          ?? LeftOperand(x.row(range.lowerBound), stride: x.stride)
        multiply(
          panel: panel, rows: range.count, operand, into: y.row(range.lowerBound),
          stride: y.stride, adding: adding)
        done += range.count
      }
    }
  }
}
