import Autodiff
import Compute
import Interchange
import Networks

/// States of a layer in one direction: `[batch, units]`.
struct StateValues {
  var h: ONNXValue
  var c: ONNXValue?

  var all: [ONNXValue] { [h] + (c.map { [$0] } ?? []) }
}

extension NetworkGraph {
  /// Recurrent layers on top of each other: what `RecurrentStack.record` records, without dropout.
  ///
  /// Throws a `UserError` that names the layer which cannot be written.
  ///
  /// - Parameters:
  ///   - x: `[time, batch, inputs]`.
  ///   - initial: one a layer and direction; nil for zeros.
  /// - Returns: the output of the top layer, `[time, batch, outputSize]`, and the last states.
  func stack(
    _ x: ONNXValue, _ configuration: StackConfiguration, prefix: String = "rnn.",
    frame: SequenceFrame, initial: [[StateValues]]? = nil
  ) throws -> (output: ONNXValue, final: [[StateValues]]) {
    var (x, final): (ONNXValue, [[StateValues]]) = (x, [])
    for layer in 0..<configuration.layerCount {
      let names = ["", "_reverse"].prefix(configuration.directionCount).map {
        LayerNames(prefix: prefix, suffix: "_l\(layer)\($0)")
      }
      var (y, states) = try directions(
        x, configuration, names, frame: frame, initial: initial?[layer])
      if configuration.hasLayerNorm { y = layerNorm(y, "\(prefix)norm_l\(layer)") }
      let width = layer == 0 ? configuration.inputSize : configuration.outputSize
      if configuration.isResidual, width == configuration.outputSize { y = builder.sum(x, y) }
      x = y
      final.append(states)
    }
    return (x, final)
  }

  /// One layer in all its directions.
  private func directions(
    _ x: ONNXValue, _ configuration: StackConfiguration, _ names: [LayerNames],
    frame: SequenceFrame, initial: [StateValues]?
  ) throws -> (ONNXValue, [StateValues]) {
    // The operators know neither projection nor zoneout.
    if configuration.projectionSize == 0, configuration.regularization.zoneout == 0,
      let standard = StandardOperator.of(cell: configuration.cell.name)
    {
      return self.standard(
        standard, x, hiddenSize: configuration.hiddenSize, names, frame: frame, initial: initial)
    }
    var (outputs, final): ([ONNXValue], [StateValues]) = ([], [])
    for (direction, names) in names.enumerated() {
      let (y, states) = try scanned(
        direction == 0 ? x : frame.reversed(x), configuration, names, frame: frame,
        initial: initial?[direction])
      outputs.append(direction == 0 ? y : frame.reversed(y))
      final.append(states)
    }
    return (builder.concatenated(outputs, axis: 2), final)
  }

  /// A layer as one of ONNX's own operators, with its weights in their order.
  private func standard(
    _ standard: StandardOperator, _ x: ONNXValue, hiddenSize: Int, _ names: [LayerNames],
    frame: SequenceFrame, initial: [StateValues]?
  ) -> (ONNXValue, [StateValues]) {
    func joined(_ parameters: [(name: String, order: [Int])], _ name: String) -> ONNXValue {
      tensor(names[0][name]) { joinedTensor(parameters, names[0][name]) }
    }
    func joinedTensor(
      _ parameters: [(name: String, order: [Int])], _ name: String
    ) -> ONNXTensor {
      var values: [Float] = []
      var shape: [Int] = []
      for names in names {
        for (parameter, order) in parameters {
          let parameter = self.parameter(names[parameter])
          let block = parameter.count / order.count
          let all = parameter.values
          for gate in order { values += all[gate * block..<(gate + 1) * block] }
          shape = parameter.shape
        }
      }
      shape[0] *= parameters.count
      return ONNXTensor(name, shape: [names.count] + shape, values)
    }
    /// `[directions, batch, units]`
    func stacked(_ states: [ONNXValue]) -> ONNXValue {
      builder.concatenated(states.map { builder.unsqueezed($0, 0) }, axis: 0)
    }
    let gates = standard.gates
    let isLSTM = standard.operation == "LSTM"
    var inputs: [ONNXValue?] = [
      x, joined([("weight_ih", gates)], "W"), joined([("weight_hh", gates)], "R"),
      joined([("bias_ih", gates), ("bias_hh", gates)], "B"), frame.shortLengths,
      initial.map { stacked($0.map(\.h)) },
    ]
    if isLSTM { inputs.append(initial.map { stacked($0.compactMap(\.c)) }) }
    if !standard.peepholes.isEmpty {
      inputs.append(joined([("weight_peephole", standard.peepholes)], "P"))
    }
    while inputs.last == .some(nil) { inputs.removeLast() }
    var attributes = standard.attributes + [("hidden_size", .int(hiddenSize))]
    if names.count > 1 { attributes.append(("direction", .string("bidirectional"))) }
    if let activation = standard.activation {
      attributes.append(("activations", .strings(names.map { _ in activation })))
    }
    let results = builder.node(
      standard.operation, inputs, outputs: isLSTM ? 3 : 2, attributes)
    // [time, directions, batch, units]
    let y =
      names.count == 1
      ? builder.squeezed(results[0], 1)
      : builder.reshaped(builder.transpose(results[0], [0, 2, 1, 3]), [0, 0, -1])
    let last = results.dropFirst().map {
      builder.split($0, names.map { _ in 1 }, axis: 0).map { builder.squeezed($0, 0) }
    }
    return (
      y, names.indices.map { StateValues(h: last[0][$0], c: isLSTM ? last[1][$0] : nil) }
    )
  }
}

/// The names of a layer's parameters in one direction.
struct LayerNames {
  let prefix: String
  let suffix: String

  /// `rnn.weight_ih_l0`
  subscript(_ parameter: String) -> String { prefix + parameter + suffix }
}
