import Autodiff
import Compute

/// Recurrent layers on top of each other: each is fed by the one below at the same step and by
/// itself at the step before. Names end in `_l0`, `_l0_reverse`, `_l1`, … as PyTorch's do.
public final class RecurrentStack<S: MatrixElement>: Sendable {
  package let configuration: StackConfiguration
  /// For each layer the forward direction, then, if bidirectional, the reverse one.
  package let layers: [[RecurrentLayer<S>]]
  /// `norm_l0`, … : what follows each layer, if anything does.
  private let norms: [LayerNormLayer<S>]
  private let firstDropout: Int

  /// - Parameters:
  ///   - prefix: before the names of all parameters.
  ///   - readsMultipliedTable: whether the first layer reads a `MultipliedTable`.
  ///   - firstDropout: tells the masks of two stacks of one model apart: those between layers are
  ///     the places `firstDropout + 1 ..< firstDropout + layerCount`.
  public init(
    _ configuration: StackConfiguration, prefix: String = "rnn.",
    readsMultipliedTable: Bool = false,
    firstDropout: Int = 0, precision: Precision = .f32, in store: ParameterStore<S>
  ) {
    self.firstDropout = firstDropout
    precondition(configuration.layerCount > 0, "a stack has at least one layer")
    self.configuration = configuration
    let scheme = configuration.initialization.recurrent(forgetBias: configuration.forgetBias)
    let layerRange = 0..<configuration.layerCount
    layers = layerRange.map { layer in
      ["", "_reverse"].prefix(configuration.directionCount).map { direction in
        RecurrentLayer(
          configuration.cell,
          inputSize: layer == 0 ? configuration.inputSize : configuration.outputSize,
          hiddenSize: configuration.hiddenSize, projectionSize: configuration.projectionSize,
          prefix: prefix, suffix: "_l\(layer)\(direction)",
          readsMultipliedTable: readsMultipliedTable && layer == 0, initialization: scheme,
          regularization: configuration.regularization, precision: precision, in: store)
      }
    }
    norms =
      configuration.hasLayerNorm
      ? layerRange.map {
        LayerNormLayer("\(prefix)norm_l\($0)", size: configuration.outputSize, in: store)
      } : []
  }

  /// Layers of the same cell, under `NAME.weight_ih_l0` and so on.
  ///
  /// - Parameter dropout: share of activations dropped between layers.
  public convenience init(
    _ name: String, inputs: Int, hidden: Int, cell: any Cell = Cells.lstm, layers: Int = 1,
    bidirectional: Bool = false, dropout: Double = 0, precision: Precision = .f32,
    in store: ParameterStore<S>
  ) {
    self.init(
      StackConfiguration(
        cell: cell, inputSize: inputs, hiddenSize: hidden, layerCount: layers,
        isBidirectional: bidirectional, dropout: dropout),
      prefix: "\(name).", precision: precision, in: store)
  }

  /// h of the top layer at every token of `x`, from states of zeros.
  public func callAsFunction(_ x: Variable<S>, on tape: Tape<S>) -> Variable<S> {
    record(x, on: tape).output
  }

  /// Columns of the top layer's output.
  public var outputSize: Int { configuration.outputSize }

  /// Records all layers.
  ///
  /// - Parameters:
  ///   - x: `[tokens, inputSize]`.
  ///   - states: where the sequences start, one a layer and direction; nil for zeros. A reverse
  ///     direction starts at the end of its row.
  public func record(
    _ x: Variable<S>, states: [[RecurrentState<S>?]]? = nil, on tape: Tape<S>
  ) -> StackOutput<S> {
    precondition(
      x.columns == configuration.inputSize,
      "\(x.columns) inputs, the stack takes \(configuration.inputSize)")
    return record(states: states, input: x, on: tape) { initial in
      recordLayer(0, x, initial: initial, on: tape)
    }
  }

  /// Records all layers, the first one in a way of its own: through a `MultipliedTable`.
  ///
  /// - Parameters:
  ///   - input: what the first layer reads, where that is a variable at all.
  ///   - first: records the first layer from its initial states, one a direction.
  package func record(
    states: [[RecurrentState<S>?]]?, input: Variable<S>? = nil, on tape: Tape<S>,
    first: ([RecurrentState<S>?]) -> (output: Variable<S>, final: [RecurrentState<S>])
  ) -> StackOutput<S> {
    let zeros = [RecurrentState<S>?](repeating: nil, count: configuration.directionCount)
    let states = states ?? Array(repeating: zeros, count: layers.count)
    precondition(
      states.count == layers.count && states.allSatisfy { $0.count == zeros.count },
      "one state a layer and direction")
    var (x, state) = first(states[0])
    var hidden = [x]
    x = finishLayer(0, x, input: input, on: tape)
    var final = [state]
    for index in layers.indices.dropFirst() {
      let below = tape.dropout(
        x, probability: configuration.dropout, layer: firstDropout + index,
        isLocked: configuration.isDropoutLocked)
      (x, state) = recordLayer(index, below, initial: states[index], on: tape)
      hidden.append(x)
      x = finishLayer(index, x, input: below, on: tape)
      final.append(state)
    }
    return StackOutput(output: x, hidden: hidden, final: final)
  }

  /// What comes between a layer's recurrence and the layer above.
  private func finishLayer(
    _ index: Int, _ output: Variable<S>, input: Variable<S>?, on tape: Tape<S>
  ) -> Variable<S> {
    var y = output
    if configuration.hasLayerNorm { y = tape.layerNorm(y, norms[index]) }
    if configuration.isResidual, let input, input.columns == y.columns { y = tape.sum(input, y) }
    return y
  }

  /// One layer in all its directions.
  private func recordLayer(
    _ index: Int, _ x: Variable<S>, initial: [RecurrentState<S>?], on tape: Tape<S>
  ) -> (output: Variable<S>, final: [RecurrentState<S>]) {
    let (output, final) = tape.recurrence(x, layers[index][0], initial: initial[0])
    guard configuration.isBidirectional else { return (output, [final]) }
    let (mirrored, reverseFinal) = tape.recurrence(
      tape.timeReversed(x), layers[index][1], initial: initial[1])
    return (
      tape.concatenated([output, tape.timeReversed(mirrored)]), [final, reverseFinal]
    )
  }

  /// Elements of all weight matrices a token meets.
  package var matrixElements: Int { layers.joined().reduce(0) { $0 + $1.matrixElements } }
}

/// What a stack made of a minibatch.
public struct StackOutput<S: MatrixElement>: Sendable {
  /// What the top layer gives, `[tokens, outputSize]`: h, normalised and added to where the stack
  /// does so.
  public let output: Variable<S>
  /// h of each layer, `[tokens, outputSize]`: all directions side by side, before anything is done
  /// to it. After the backward pass of a unidirectional stack, its gradient is all of dL/dh.
  public let hidden: [Variable<S>]
  /// The state that each layer, and in it each direction, ended with: a reverse direction at the
  /// first token of its row.
  public let final: [[RecurrentState<S>]]
}
