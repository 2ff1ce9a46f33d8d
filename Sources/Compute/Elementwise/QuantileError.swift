extension Rows {
  /// Loss and gradient of one row of predicted quantiles: `Σ_i Σ_k max(q_k e, (q_k - 1) e)` with
  /// `e = t_i - y_ik`; y becomes its gradient times `scale`. With `scale` 0 y is left as it is.
  ///
  /// - Parameters:
  ///   - y: `count` times the quantiles of a target, in the order of `levels`.
  ///   - t: `count` targets.
  ///   - levels: q_k, between 0 and 1.
  ///
  /// Source: Koenker & Bassett, "Regression Quantiles" (1978).
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func quantileError<S: MatrixElement>(
    outputs y: UnsafeMutablePointer<S>, targets t: UnsafePointer<S>, count: Int, levels: [S],
    scale: S
  ) -> S {
    var sum: S = 0
    for i in 0..<count {
      for k in 0..<levels.count {
        let place = i * levels.count + k
        let (error, level) = (t[i] - y[place], levels[k])
        // A NaN stays one.
        sum += error < 0 ? (level - 1) * error : level * error
        if scale != 0 { y[place] = (error < 0 ? 1 - level : error > 0 ? -level : 0) * scale }
      }
    }
    return sum
  }
}
