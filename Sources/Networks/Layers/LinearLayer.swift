import Autodiff
import Compute

/// `y = x · Wᵀ + b` with PyTorch's names `NAME.weight` `[out, in]` and `NAME.bias` `[out]`.
package final class LinearLayer<S: MatrixElement>: Sendable {
  package let weight: PackedParameter<S>
  package let bias: Parameter<S>
  let packedBias: PackedVector<S>

  /// - Parameter tiedTo: a parameter `[out, in]` to share; then there is no `NAME.weight`.
  package init(
    _ name: String, inputSize: Int, outputSize: Int, scheme: InitializationScheme,
    tiedTo table: Parameter<S>? = nil, precision: Precision, in store: ParameterStore<S>
  ) {
    let initializers = scheme.linear(inputSize: inputSize)
    let weight =
      table
      ?? store.add(
        "\(name).weight", shape: [outputSize, inputSize], role: .matrix,
        initializer: initializers.weight)
    precondition(weight.shape == [outputSize, inputSize], "\(name): tied to \(weight.shape)")
    bias = store.add(
      "\(name).bias", shape: [outputSize], role: .bias, initializer: initializers.bias)
    self.weight = PackedParameter(weight, precision: precision, in: store)
    packedBias = PackedVector([bias], in: store)
  }
}

extension Tape {
  package func linear(_ x: Variable<S>, _ layer: LinearLayer<S>) -> Variable<S> {
    linear(x, weight: layer.weight, bias: layer.packedBias, biasParameter: layer.bias)
  }

  /// See `softmaxCrossEntropy(_:targets:weight:bias:biasParameter:smoothing:rowWeights:scale:)`.
  @discardableResult
  package func softmaxCrossEntropy(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, _ layer: LinearLayer<S>,
    smoothing: Double = 0, rowWeights: UnsafeBufferPointer<S>? = nil, scale: Double
  ) -> Loss<S> {
    softmaxCrossEntropy(
      x, targets: targets, weight: layer.weight, bias: layer.packedBias,
      biasParameter: layer.bias, smoothing: smoothing, rowWeights: rowWeights, scale: scale)
  }

  /// See `sigmoidCrossEntropy(_:targets:weight:bias:biasParameter:rowWeights:scale:)`.
  @discardableResult
  package func sigmoidCrossEntropy(
    _ x: Variable<S>, targets: Matrix<S>, _ layer: LinearLayer<S>,
    rowWeights: UnsafeBufferPointer<S>? = nil, scale: Double
  ) -> Loss<S> {
    sigmoidCrossEntropy(
      x, targets: targets, weight: layer.weight, bias: layer.packedBias,
      biasParameter: layer.bias, rowWeights: rowWeights, scale: scale)
  }

  /// See `squaredError(_:targets:weight:bias:biasParameter:rowWeights:scale:)`.
  @discardableResult
  package func squaredError(
    _ x: Variable<S>, targets: Matrix<S>, _ layer: LinearLayer<S>,
    rowWeights: UnsafeBufferPointer<S>? = nil, scale: Double
  ) -> Loss<S> {
    squaredError(
      x, targets: targets, weight: layer.weight, bias: layer.packedBias,
      biasParameter: layer.bias, rowWeights: rowWeights, scale: scale)
  }

  /// See `quantileError(_:targets:levels:weight:bias:biasParameter:scale:)`.
  @discardableResult
  package func quantileError(
    _ x: Variable<S>, targets: Matrix<S>, levels: [S], _ layer: LinearLayer<S>, scale: Double
  ) -> Loss<S> {
    quantileError(
      x, targets: targets, levels: levels, weight: layer.weight, bias: layer.packedBias,
      biasParameter: layer.bias, scale: scale)
  }

  /// See `ctcLoss(_:targets:blank:weight:bias:biasParameter:scale:)`.
  package func ctcLoss(
    _ x: Variable<S>, targets: CTCTargets, _ layer: LinearLayer<S>, blank: Int = 0, scale: Double
  ) -> (loss: Loss<S>, infeasibleRows: [Int]) {
    ctcLoss(
      x, targets: targets, blank: blank, weight: layer.weight, bias: layer.packedBias,
      biasParameter: layer.bias, scale: scale)
  }
}
