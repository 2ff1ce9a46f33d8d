import Autodiff
import Interchange
import Networks

/// An encoder-decoder as two graphs: the first reads a source once, the second is one step of writing.
package enum TranslatorGraph {
  /// Throws a `UserError` that names a layer which cannot be written.
  ///
  /// - Returns: source to what a step needs of it.
  package static func encoder(
    _ configuration: TranslatorConfiguration, _ parameters: ParameterStore<Float>
  ) throws -> ONNXGraph {
    let graph = NetworkGraph("encoder", parameters)
    let builder = graph.builder
    let tokens = builder.input(
      "source", .int64, ["batch", "source_time"], about: "places in the vocabulary of the source")
    let lengths = builder.input(
      "source_lengths", .int64, ["batch"], about: "tokens of each source")
    let table = configuration.tying == .all ? "target_embedding" : "source_embedding"
    let x = graph.embedding(builder.transpose(tokens, [1, 0]), table)
    let (h, final) = try graph.stack(
      x, configuration.encoder, prefix: "encoder.",
      frame: SequenceFrame(builder, lengths: lengths, of: x))
    graph.stateOutputs(
      graph.bridged(final, configuration), configuration.decoder, names: ["h0", "c0"],
      about: "states that the decoder begins with")
    if configuration.attention != nil {
      let size = configuration.encoder.outputSize
      let values = builder.transpose(h, [1, 0, 2])
      let keys = graph.keys(values, "attention")
      builder.output(
        "keys", keys, ["batch", "source_time", .fixed(configuration.keySize)],
        about: "what a step compares itself with")
      builder.output(
        "values", values, ["batch", "source_time", .fixed(size)], about: "what a step is given")
    }
    return builder.built
  }

  /// - Returns: the last token and the states to scores of the next token and new states.
  package static func step(
    _ configuration: TranslatorConfiguration, _ parameters: ParameterStore<Float>
  ) throws -> ONNXGraph {
    let graph = NetworkGraph("step", parameters)
    let builder = graph.builder
    let token = builder.input(
      "token", .int64, ["batch"],
      about:
        "the last token; \(configuration.start) at first, and \(configuration.stop) ends a target")
    let states = graph.stateInputs(
      configuration.decoder, about: "states of the encoder, then those of the step before")
    var memory: AttentionValues?
    if configuration.attention != nil {
      memory = graph.memoryInputs(configuration)
    }
    let features = configuration.featureSize
    // One step of time.
    var x = builder.unsqueezed(graph.embedding(token, "target_embedding"), 0)
    var decoder = configuration.decoder
    if configuration.feedsInput {
      let fed = builder.input(
        "fed", .float, ["batch", .fixed(features)],
        about: "features of the step before; zeros at first")
      x = builder.concatenated([x, builder.unsqueezed(fed, 0)], axis: 2)
      decoder.inputSize += features
    }
    let ones = builder.node("Expand", builder.integer(1), builder.node("Shape", token))
    var (h, final) = try graph.stack(
      x, decoder, prefix: "decoder.", frame: SequenceFrame(builder, lengths: ones, of: x),
      initial: states)
    var weights: ONNXValue?
    if let memory, let score = configuration.attention {
      let (context, shares) = graph.attention(
        builder.transpose(h, [1, 0, 2]), memory, score, "attention",
        size: configuration.keySize)
      let both = builder.concatenated([builder.transpose(context, [1, 0, 2]), h], axis: 2)
      h = builder.tanh(graph.linear(both, "combination"))
      weights = builder.squeezed(shares, 1)
    } else if graph.has("combination.weight") {
      h = graph.linear(h, "combination")
    }
    h = builder.squeezed(h, 0)
    let logits = graph.logits(
      h, configuration.output,
      tiedTo: configuration.tying == .none ? nil : "target_embedding.weight")
    builder.output(
      "logits", logits, ["batch", .fixed(configuration.outputCount)],
      about: "scores of the next token; the last two are stop and start")
    graph.stateOutputs(final, configuration.decoder)
    if configuration.feedsInput {
      builder.output(
        "features", h, ["batch", .fixed(features)], about: "for 'fed' of the next step")
    }
    if let weights {
      builder.output(
        "attention", weights, ["batch", "source_time"], about: "how much of each source token")
    }
    return builder.built
  }
}

extension NetworkGraph {
  /// States of the encoder as the decoder begins with them, in its only direction.
  fileprivate func bridged(
    _ final: [[StateValues]], _ configuration: TranslatorConfiguration
  ) -> [[StateValues]] {
    guard configuration.needsBridge else { return final.map { [$0[0]] } }
    return final.enumerated().map { layer, directions in
      let h = linear(
        builder.concatenated(directions.map(\.h), axis: 1), "bridge_h_l\(layer)")
      let cells = directions.compactMap(\.c)
      let c =
        cells.isEmpty
        ? nil : linear(builder.concatenated(cells, axis: 1), "bridge_c_l\(layer)")
      return [StateValues(h: h, c: c)]
    }
  }

  fileprivate func memoryInputs(_ configuration: TranslatorConfiguration) -> AttentionValues {
    let keys = builder.input(
      "keys", .float, ["batch", "source_time", .fixed(configuration.keySize)])
    let values = builder.input(
      "values", .float, ["batch", "source_time", .fixed(configuration.encoder.outputSize)])
    let lengths = builder.input(
      "source_lengths", .int64, ["batch"], about: "tokens of each source")
    let frame = SequenceFrame(
      builder, lengths: lengths, of: builder.transpose(values, [1, 0, 2]))
    return AttentionValues(
      keys: keys, values: values,
      mask: builder.unsqueezed(builder.transpose(frame.mask, [1, 0]), 1))
  }
}

extension TranslatorConfiguration {
  /// Columns of what queries are compared with.
  fileprivate var keySize: Int {
    switch attention {
    case .additive: attentionSize
    case .general: decoder.outputSize
    case .dot, .scaledDot, nil: encoder.outputSize
    }
  }
}
