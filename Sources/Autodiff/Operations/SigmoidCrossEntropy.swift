import Compute

extension Tape {
  /// Records output layer and loss of independent yes-or-no classes: with `y = σ(X · Wᵀ + b)`,
  /// `Σ_i -t_i ln y_i - (1 - t_i) ln(1 - y_i)` for every row. Labels that exclude each other not at
  /// all, the notes of a chord, a name or not.
  ///
  /// - Parameters:
  ///   - targets: `[rows of x, classes]`, 0 or 1, or a probability. They must stay until the region
  ///     has run.
  ///   - rowWeights: how much each row counts; nil for 1. They must stay as the targets.
  ///   - scale: weight of the sum in the loss: `1 / rows` for the mean over rows.
  /// - Returns: the loss. Its terms are the rows' weighted sums over classes, in nats.
  @discardableResult
  package func sigmoidCrossEntropy(
    _ x: Variable<S>, targets: Matrix<S>, weight: PackedParameter<S>, bias: PackedVector<S>,
    biasParameter: Parameter<S>, rowWeights: UnsafeBufferPointer<S>? = nil, scale: Double
  ) -> Loss<S> {
    precondition(
      targets.rows == x.value.rows && targets.columns == weight.parameter.rows,
      "targets [\(targets.rows), \(targets.columns)]")
    return outputLoss(
      x, .sigmoidCrossEntropy(targets: targets), rowWeights: rowWeights, weight: weight,
      bias: bias, biasParameter: biasParameter, scale: scale)
  }
}
