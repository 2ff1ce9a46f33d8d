extension Rows {
  /// Loss and gradient of one row: returns `Σ_i (y_i - t_i)²` and turns y into `2 (y - t) * scale`.
  /// With `scale` 0 y is left as it is.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func squaredError<S: MatrixElement>(
    outputs y: UnsafeMutablePointer<S>, targets t: UnsafePointer<S>, count: Int, scale: S
  ) -> S {
    var sum: S = 0
    for i in 0..<count { sum += (y[i] - t[i]) * (y[i] - t[i]) }
    if scale != 0 { for i in 0..<count { y[i] = 2 * (y[i] - t[i]) * scale } }
    return sum
  }
}
