import Autodiff
import Interchange
import Networks

/// A recall model as a graph: vectors to what it says of each bit at each step.
package enum RecallGraph {
  /// Throws a `UserError` that names a layer which cannot be written.
  package static func write(
    _ configuration: RecallConfiguration, _ parameters: ParameterStore<Float>
  ) throws -> ONNXGraph {
    let graph = NetworkGraph("recall", parameters)
    let builder = graph.builder
    let values = builder.input(
      "values", .float, ["batch", "time", .fixed(configuration.inputSize)],
      about: "numbers of each step")
    let lengths = builder.input(
      "lengths", .int64, ["batch"], about: "steps of each row that count")
    let x = builder.transpose(values, [1, 0, 2])
    let frame = SequenceFrame(builder, lengths: lengths, of: x)
    let h =
      switch configuration.body {
      case .stack(let stack): try graph.stack(x, stack, frame: frame).output
      case .machine(let machine):
        try TuringMachineGraph(configuration: machine, graph: graph).features(x, frame)
      }
    let logits = builder.transpose(graph.linear(h, "output"), [1, 0, 2])
    let bits: [ONNXGraph.Port.Size] = ["batch", "time", .fixed(configuration.outputSize)]
    builder.output("logits", logits, bits)
    builder.output("probabilities", builder.sigmoid(logits), bits, about: "of each bit")
    return builder.built
  }
}

extension RecallConfiguration {
  /// Numbers of a step.
  fileprivate var inputSize: Int {
    switch body {
    case .stack(let stack): stack.inputSize
    case .machine(let machine): machine.inputSize
    }
  }
}
