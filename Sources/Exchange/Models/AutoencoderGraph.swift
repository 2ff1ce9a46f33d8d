import Autodiff
import Interchange
import Networks

/// The parts of autoencoders as graphs: what makes a sequence its code, and one step of what makes a code
/// a sequence again.
package struct AutoencoderGraph {
  private let configuration: AutoencoderConfiguration
  private let parameters: ParameterStore<Float>

  package init(_ configuration: AutoencoderConfiguration, _ parameters: ParameterStore<Float>) {
    self.configuration = configuration
    self.parameters = parameters
  }

  /// Columns of tokens' vectors.
  private var embeddingSize: Int { columns(of: "decoder.embedding.weight") }
  /// Columns of what tokens are written from.
  private var writtenSize: Int { columns(of: "decoder.initial_h_l0.weight") }

  private func columns(of name: String) -> Int {
    parameters.parameter(named: name)?.columns ?? 0
  }

  /// Tokens to a code, and the states that the decoder begins with.
  ///
  /// Throws a `UserError` that names a layer which cannot be written; so do the others.
  ///
  /// - Parameters:
  ///   - end: the token that ends every sequence.
  ///   - startsDecoder: whether the code is what tokens are written from.
  package func tokenEncoder(end: Int32, startsDecoder: Bool) throws -> ONNXGraph {
    let graph = NetworkGraph("encoder", parameters)
    let builder = graph.builder
    let tokens = builder.input(
      "tokens", .int64, ["batch", "time"],
      about: "places in the vocabulary, then \(end), which ends a sequence")
    let table = configuration.isTied ? "decoder.embedding" : "encoder.embedding"
    let x = graph.embedding(builder.transpose(tokens, [1, 0]), table)
    try encode(
      x, "encoder", inputSize: embeddingSize,
      decoder: startsDecoder ? ("decoder", embeddingSize) : nil, in: graph)
    return builder.built
  }

  /// Vectors to a code; of frames of sound, or of the codes of a document's sentences.
  ///
  /// - Parameters:
  ///   - name: of the encoder.
  ///   - about: what the vectors are.
  package func vectorEncoder(
    _ name: String, inputSize: Int, about: String, decoder: (name: String, inputSize: Int)
  ) throws -> ONNXGraph {
    let graph = NetworkGraph(name, parameters)
    let builder = graph.builder
    let values = builder.input(
      "values", .float, ["batch", "time", .fixed(inputSize)], about: about)
    try encode(
      builder.transpose(values, [1, 0, 2]), name, inputSize: inputSize, decoder: decoder, in: graph)
    return builder.built
  }

  private func encode(
    _ x: ONNXValue, _ name: String, inputSize: Int, decoder: (name: String, inputSize: Int)?,
    in graph: NetworkGraph
  ) throws {
    let builder = graph.builder
    let lengths = builder.input(
      "lengths", .int64, ["batch"], about: "steps of each row that count")
    let frame = SequenceFrame(builder, lengths: lengths, of: x)
    let (_, final) = try graph.stack(
      x, configuration.encoder(inputSize: inputSize), prefix: "\(name).rnn.", frame: frame)
    let states = builder.concatenated(final.joined().map(\.h), axis: 1)
    let code = graph.linear(states, "\(name).code")
    builder.output("code", code, ["batch", .fixed(configuration.codeSize)])
    guard let decoder else { return }
    graph.stateOutputs(
      graph.initialStates(code, decoder.name, stack(decoder.inputSize), frame),
      stack(decoder.inputSize), names: ["h0", "c0"], about: "states that the decoder begins with")
  }

  /// The decoder's layers.
  private func stack(_ inputSize: Int) -> StackConfiguration {
    configuration.decoder(inputSize: inputSize, codeSize: configuration.codeSize)
  }

  /// The last token, the code and states to scores of the next token and states.
  ///
  /// - Parameters:
  ///   - classCount: tokens that may be written.
  ///   - about: which of them end what.
  package func tokenStep(classCount: Int, about: String) throws -> ONNXGraph {
    let graph = NetworkGraph("step", parameters)
    let builder = graph.builder
    let token = builder.input(
      "token", .int64, ["batch"], about: "the last token; \(classCount) at first. \(about)")
    let x = graph.embedding(token, "decoder.embedding")
    var h = try step(
      x, "decoder", inputSize: embeddingSize, codeSize: writtenSize, in: graph)
    if graph.has("decoder.projection.weight") { h = graph.linear(h, "decoder.projection") }
    var logits = graph.linear(
      h, "decoder.output", tiedTo: configuration.isTied ? "decoder.embedding.weight" : nil)
    // Where tables are one, the start is a class that is never written.
    if configuration.isTied { logits = builder.slice(logits, 0..<classCount, axis: 1) }
    builder.output(
      "logits", logits, ["batch", .fixed(classCount)], about: "scores of the next token")
    return builder.built
  }

  /// The frame before, if it is read, the code and states to the next frame and states.
  package func frameStep(frameSize: Int, feedsFrames: Bool) throws -> ONNXGraph {
    let graph = NetworkGraph("step", parameters)
    let builder = graph.builder
    let previous =
      feedsFrames
      ? builder.input(
        "previous", .float, ["batch", .fixed(frameSize)],
        about: "the frame before; zeros at first")
      : nil
    let h = try step(
      previous, "decoder", inputSize: feedsFrames ? frameSize : 0,
      codeSize: configuration.codeSize, in: graph)
    builder.output("frame", graph.linear(h, "decoder.output"), ["batch", .fixed(frameSize)])
    return builder.built
  }

  /// The vector of the sentence before, a document's code and states to what the next sentence is
  /// written from.
  package func documentStep() throws -> ONNXGraph {
    let graph = NetworkGraph("document-step", parameters)
    let size = configuration.codeSize
    let previous = graph.builder.input(
      "previous", .float, ["batch", .fixed(size)],
      about: "the code of the sentence before; zeros at first")
    let h = try step(
      previous, "document_decoder", inputSize: size, codeSize: size, in: graph)
    graph.builder.output(
      "sentence", h, ["batch", .fixed(stack(size).outputSize)],
      about: "what a sentence is written from")
    return graph.builder.built
  }

  /// The initial states of a sentence's decoder.
  package func sentenceStart() -> ONNXGraph {
    let graph = NetworkGraph("sentence-start", parameters)
    let builder = graph.builder
    let code = builder.input(
      "code", .float, ["batch", .fixed(writtenSize)], about: "what the sentence is written from")
    let stack = configuration.decoder(inputSize: embeddingSize, codeSize: writtenSize)
    let ones = builder.node("Expand", builder.integer(1), builder.size(code, axis: 0))
    graph.stateOutputs(
      graph.initialStates(
        code, "decoder", stack, SequenceFrame(builder, lengths: ones, of: code)), stack,
      names: ["h0", "c0"], about: "states that the decoder begins with")
    return builder.built
  }

  /// One step of a decoder; its states go in and out.
  ///
  /// - Parameter x: `[batch, inputSize]`; nil where the code alone is read.
  /// - Returns: `[batch, units]`.
  private func step(
    _ x: ONNXValue?, _ name: String, inputSize: Int, codeSize: Int, in graph: NetworkGraph
  ) throws -> ONNXValue {
    let builder = graph.builder
    let stack = configuration.decoder(inputSize: inputSize, codeSize: codeSize)
    let code =
      configuration.feedsCode
      ? builder.input("code", .float, ["batch", .fixed(codeSize)]) : nil
    let states = graph.stateInputs(
      stack, about: "those to begin with, then those of the step before")
    let read = builder.concatenated([x, code].compactMap(\.self), axis: 1)
    let ones = builder.node("Expand", builder.integer(1), builder.size(read, axis: 0))
    let steps = builder.unsqueezed(read, 0)
    let (h, final) = try graph.stack(
      steps, stack, prefix: "\(name).rnn.",
      frame: SequenceFrame(builder, lengths: ones, of: steps), initial: states)
    graph.stateOutputs(final, stack)
    return builder.squeezed(h, 0)
  }
}

extension NetworkGraph {
  /// Where a code starts every layer of a decoder.
  fileprivate func initialStates(
    _ code: ONNXValue, _ name: String, _ stack: StackConfiguration, _ frame: SequenceFrame
  ) -> [[StateValues]] {
    (0..<stack.layerCount).map { layer in
      let h = linear(code, "\(name).initial_h_l\(layer)")
      guard stack.cell.hasCellState else { return [StateValues(h: h, c: nil)] }
      // A count of steps starts at zero.
      let map = "\(name).initial_c_l\(layer)"
      let c = has("\(map).weight") ? linear(code, map) : frame.zeros(columns: stack.hiddenSize)
      return [StateValues(h: h, c: c)]
    }
  }
}
