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
    prefix: String, readsProjectedTable: Bool = false, initialization: RecurrentInitialization,
    precision: Precision, in store: ParameterStore<S>
  ) {
    self.dropout = dropout
    layers = (0..<layerCount).map { layer in
      RecurrentLayer(
        cell, inputSize: layer == 0 ? inputSize : hiddenSize, hiddenSize: hiddenSize,
        prefix: prefix, suffix: "_l\(layer)",
        readsProjectedTable: readsProjectedTable && layer == 0, initialization: initialization,
        precision: precision, in: store)
    }
  }

  /// Records all layers. `states` holds one entry a layer, nil for zeros.
  ///
  /// - Parameter first: records the first layer from its initial state.
  public func record(
    states: [RecurrentState<S>?]?, on tape: Tape<S>,
    first: (RecurrentState<S>?) -> (output: Variable<S>, final: RecurrentState<S>)
  ) -> (output: Variable<S>, states: [RecurrentState<S>]) {
    precondition(states == nil || states?.count == layers.count, "one state a layer")
    var (x, state) = first(states?[0])
    var final = [state]
    for (index, layer) in layers.enumerated().dropFirst() {
      x = tape.dropout(x, probability: dropout, layer: index)
      (x, state) = tape.recurrence(x, layer, initial: states?[index])
      final.append(state)
    }
    return (x, final)
  }
}
