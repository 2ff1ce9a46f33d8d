import Compute

extension Tape {
  /// Records output layer and loss `-ln softmax(X · Wᵀ + b)[target]`, one class of several.
  ///
  /// - Parameters:
  ///   - targets: one class a row of `x`, each below `weight.parameter.rows`; -1 for rows that do
  ///     not count, whose term and gradient are zero. They must stay until the region has run.
  ///   - smoothing: share of the target's probability that all classes get alike.
  ///   - rowWeights: how much each row counts; nil for 1. They must stay as the targets.
  ///   - scale: weight of the sum in the loss: `1 / rows` for the mean.
  /// - Returns: the loss. Its terms are the weighted negative log-likelihoods, in nats.
  @discardableResult
  package func softmaxCrossEntropy(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, weight: PackedParameter<S>,
    bias: PackedVector<S>? = nil, biasParameter: Parameter<S>? = nil, smoothing: Double = 0,
    rowWeights: UnsafeBufferPointer<S>? = nil, scale: Double
  ) -> Loss<S> {
    precondition(targets.count == x.value.rows, "\(targets.count) targets")
    guard let targets = targets.baseAddress else { preconditionFailure("no rows") }
    return outputLoss(
      x, .softmaxCrossEntropy(targets: targets, smoothing: S(smoothing)), rowWeights: rowWeights,
      weight: weight,
      bias: bias, biasParameter: biasParameter, scale: scale)
  }
}
