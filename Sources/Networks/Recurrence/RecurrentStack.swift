import Autodiff
import Compute

/// Recurrent layers on top of each other: each is fed by the one below at the same step and by
/// itself at the step before. Names end in `_l0`, `_l1`, … as PyTorch's do.
public final class RecurrentStack<S: Real>: Sendable {
  public let layers: [RecurrentLayer<S>]
  /// Between layers, in training.
  public let dropout: Double

  public init(
    _ cell: any Cell, inputSize: Int, hiddenSize: Int, layerCount: Int, dropout: Double,
    prefix: String, initialization: RecurrentInitialization, precision: Precision,
    in store: ParameterStore<S>
  ) {
    self.dropout = dropout
    layers = (0..<layerCount).map { layer in
      RecurrentLayer(
        cell, inputSize: layer == 0 ? inputSize : hiddenSize, hiddenSize: hiddenSize,
        prefix: prefix, suffix: "_l\(layer)", initialization: initialization,
        precision: precision, in: store)
    }
  }

  /// Records all layers. `states` holds one entry a layer, nil for zeros.
  public func record(_ x: Variable<S>, states: [RecurrentState<S>?]?, on tape: Tape<S>) -> (
    output: Variable<S>, states: [RecurrentState<S>]
  ) {
    precondition(states == nil || states?.count == layers.count, "one state a layer")
    var (x, final) = (x, [RecurrentState<S>]())
    for (index, layer) in layers.enumerated() {
      if index > 0 { x = tape.dropout(x, probability: dropout, layer: index) }
      let result = tape.recurrence(x, layer, initial: states?[index])
      x = result.output
      final.append(result.final)
    }
    return (x, final)
  }
}
