import Compute

extension Tape {
  /// Records output layer and loss of a regression: with `y = X · Wᵀ + b`, `Σ_i (y_i - t_i)²` for
  /// every row.
  ///
  /// - Parameters:
  ///   - targets: `[rows of x, outputs]`. They must stay until the region has run.
  ///   - rowWeights: how much each row counts; nil for 1. They must stay as the targets.
  ///   - scale: weight of the sum in the loss: `1 / (rows · outputs)` for the mean squared error.
  /// - Returns: the loss. Its terms are the rows' weighted sums of squares.
  @discardableResult
  package func squaredError(
    _ x: Variable<S>, targets: Matrix<S>, weight: PackedParameter<S>, bias: PackedVector<S>,
    biasParameter: Parameter<S>, rowWeights: UnsafeBufferPointer<S>? = nil, scale: Double
  ) -> Loss<S> {
    precondition(
      targets.rows == x.value.rows && targets.columns == weight.parameter.rows,
      "targets [\(targets.rows), \(targets.columns)]")
    return outputLoss(
      x, .squaredError(targets: targets), rowWeights: rowWeights, weight: weight, bias: bias,
      biasParameter: biasParameter, scale: scale)
  }
}
