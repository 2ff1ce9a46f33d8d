extension Rows {
  /// y += x, `count` elements. Portable: it is bound by memory, not by the width of vectors.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func addRow<S: MatrixElement>(
    _ x: UnsafePointer<S>, to y: UnsafeMutablePointer<S>, count: Int
  ) {
    for index in 0..<count { y[index] += x[index] }
  }
}
