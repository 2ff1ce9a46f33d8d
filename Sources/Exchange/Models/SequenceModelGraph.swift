import Autodiff
import Interchange
import Networks

/// Numbers as they come into a graph.
package struct SeriesValues {
  package let builder: ONNXGraphBuilder
  /// `[batch, time, width]`
  package let values: ONNXValue
  /// int64 `[batch]`
  package let lengths: ONNXValue
}

/// A `SequenceModel` as a graph: sequences to one prediction each, or to one a step.
package struct SequenceModelGraph {
  package let configuration: SequenceModelConfiguration
  let graph: NetworkGraph
  /// `[batch, outputs]`, or `[batch, time, outputs]`: logits or numbers.
  package let outputs: ONNXValue

  private let carriesStates: Bool
  private let final: [[StateValues]]

  package var builder: ONNXGraphBuilder { graph.builder }

  /// The dimensions of what is predicted.
  package var shape: [ONNXGraph.Port.Size] {
    (configuration.pooling == nil ? ["batch", "time"] : ["batch"])
      + [.fixed(configuration.head.outputCount)]
  }

  /// Begins the graph up to the outputs, which whoever calls names.
  ///
  /// Throws a `UserError` that names a layer which cannot be written.
  ///
  /// - Parameters:
  ///   - further: vectors of tokens behind those of the table.
  ///   - carriesStates: whether a sequence can be fed piece by piece: states are inputs and outputs.
  ///   - prepare: makes what the layers read of the numbers that come in, where steps are vectors.
  package init(
    _ configuration: SequenceModelConfiguration, _ parameters: ParameterStore<Float>,
    further: (any FurtherTable)? = nil, carriesStates: Bool = false,
    prepare: (SeriesValues) -> ONNXValue = { $0.values }
  ) throws {
    self.configuration = configuration
    self.carriesStates = carriesStates
    graph = NetworkGraph("sequence-model", parameters)
    let builder = graph.builder
    let x: ONNXValue
    /// Behind what it tells the length of.
    func lengthsInput() -> ONNXValue {
      builder.input("lengths", .int64, ["batch"], about: "steps of each row that count")
    }
    let lengths: ONNXValue
    switch configuration.input {
    case .tokens:
      let tokens = builder.input(
        "tokens", .int64, ["batch", "time"], about: "places in the vocabulary")
      lengths = lengthsInput()
      x = graph.embedding(builder.transpose(tokens, [1, 0]), "embedding", further: further)
    case .bags:
      let bags = builder.input(
        "tokens", .int64, ["batch", "time", "bag"],
        about: "places in the vocabulary, any number a step; -1 where there are no more")
      lengths = lengthsInput()
      x = graph.summedEmbedding(builder.transpose(bags, [1, 0, 2]), "embedding")
    case .vectors(let width):
      let values = builder.input(
        "values", .float, ["batch", "time", .fixed(width)], about: "numbers of each step")
      lengths = lengthsInput()
      x = builder.transpose(
        prepare(SeriesValues(builder: builder, values: values, lengths: lengths)), [1, 0, 2])
    }
    let frame = SequenceFrame(builder, lengths: lengths, of: x)
    let initial = carriesStates ? graph.stateInputs(configuration.stack) : nil
    let (h, final) = try graph.stack(x, configuration.stack, frame: frame, initial: initial)
    self.final = final
    var features = h
    if let score = configuration.selfAttention {
      features = graph.selfAttention(
        features, score, size: configuration.stack.outputSize, frame)
    }
    switch configuration.pooling {
    case nil: features = builder.transpose(features, [1, 0, 2])
    case .last: features = builder.concatenated(final[final.count - 1].map(\.h), axis: 1)
    case .mean: features = graph.meanPooled(features, frame)
    case .max: features = graph.maxPooled(features, frame)
    case .attention: features = graph.attentionPooled(features, "attention", frame)
    }
    outputs = graph.linear(features, "output")
  }

  /// The whole graph: logits with their probabilities, or numbers as `prediction`.
  ///
  /// - Parameters: as those of `init`.
  package static func write(
    _ configuration: SequenceModelConfiguration, _ parameters: ParameterStore<Float>,
    further: (any FurtherTable)? = nil, carriesStates: Bool = false,
    prepare: (SeriesValues) -> ONNXValue = { $0.values }
  ) throws -> ONNXGraph {
    let model = try SequenceModelGraph(
      configuration, parameters, further: further, carriesStates: carriesStates, prepare: prepare)
    let (builder, outputs, shape) = (model.builder, model.outputs, model.shape)
    switch configuration.head {
    case .regression, .quantiles: builder.output("prediction", outputs, shape)
    case .softmax:
      builder.output("logits", outputs, shape)
      builder.output("probabilities", builder.softmax(outputs), shape)
    case .sigmoid:
      builder.output("logits", outputs, shape)
      builder.output(
        "probabilities", builder.sigmoid(outputs), shape, about: "of each by itself")
    }
    return model.finished()
  }

  /// The graph, with the last states behind the outputs if it carries them.
  package func finished() -> ONNXGraph {
    if carriesStates { graph.stateOutputs(final, configuration.stack) }
    return builder.built
  }
}

extension NetworkGraph {
  /// The sum of the rows of a bag, `[time, batch, size]`; negative ids are none.
  fileprivate func summedEmbedding(_ ids: ONNXValue, _ name: String) -> ONNXValue {
    let isNone = builder.node("Less", ids, builder.integer(0))
    let rows = embedding(builder.chosen(isNone, builder.integer(0), ids), name)
    return builder.summed(
      builder.chosen(builder.unsqueezed(isNone, 3), builder.number(0), rows), axis: 2)
  }
}
