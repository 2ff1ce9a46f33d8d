import Compute

extension Tape {
  /// Records output layer and loss of predicted quantiles: with `y = X · Wᵀ + b`, the pinball loss
  /// `Σ_i Σ_k max(q_k e, (q_k - 1) e)`, `e = t_i - y_ik`, for every row.
  ///
  /// - Parameters:
  ///   - targets: `[rows of x, outputs / levels]`. They must stay until the region has run.
  ///   - levels: q_k; the outputs of a target stand side by side in their order.
  ///   - scale: weight of the sum in the loss: `1 / (rows · outputs)` for the mean.
  /// - Returns: the loss. Its terms are the rows' sums.
  @discardableResult
  package func quantileError(
    _ x: Variable<S>, targets: Matrix<S>, levels: [S], weight: PackedParameter<S>,
    bias: PackedVector<S>, biasParameter: Parameter<S>, scale: Double
  ) -> Loss<S> {
    precondition(
      targets.rows == x.value.rows
        && targets.columns * levels.count == weight.parameter.rows,
      "targets [\(targets.rows), \(targets.columns)] of \(levels.count) levels")
    return outputLoss(
      x, .quantileError(targets: targets, levels: levels), rowWeights: nil, weight: weight,
      bias: bias, biasParameter: biasParameter, scale: scale)
  }
}
