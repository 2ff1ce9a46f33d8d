import Autodiff
import Compute

/// Gain and bias of a layer normalisation, under PyTorch's names: `NAME.weight` and `NAME.bias`,
/// both `[size]`, which begin at 1 and 0.
package final class LayerNormLayer<S: MatrixElement>: Sendable {
  let gain: Parameter<S>
  let bias: Parameter<S>
  let packedGain: PackedVector<S>
  let packedBias: PackedVector<S>

  package init(_ name: String, size: Int, in store: ParameterStore<S>) {
    gain = store.add("\(name).weight", shape: [size], role: .bias, initializer: .constant(1))
    bias = store.add("\(name).bias", shape: [size], role: .bias, initializer: .zeros)
    packedGain = PackedVector([gain], in: store)
    packedBias = PackedVector([bias], in: store)
  }
}

extension Tape {
  package func layerNorm(_ x: Variable<S>, _ layer: LayerNormLayer<S>) -> Variable<S> {
    layerNorm(
      x, gain: layer.packedGain, gainParameter: layer.gain, bias: layer.packedBias,
      biasParameter: layer.bias)
  }
}
