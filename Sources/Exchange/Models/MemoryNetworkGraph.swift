import Autodiff
import Interchange
import Networks

/// A memory network as a graph: a story and a question to scores of the answers.
package struct MemoryNetworkGraph {
  private let configuration: MemoryNetworkConfiguration
  private let graph: NetworkGraph
  private var builder: ONNXGraphBuilder { graph.builder }

  /// Throws a `UserError` that names a layer which cannot be written.
  package static func write(
    _ configuration: MemoryNetworkConfiguration, _ parameters: ParameterStore<Float>
  ) throws -> ONNXGraph {
    let network = MemoryNetworkGraph(
      configuration: configuration, graph: NetworkGraph("memory-network", parameters))
    try network.write()
    return network.builder.built
  }

  private func write() throws {
    let story = builder.input(
      "story", .int64, ["batch", "sentence", "word"], about: "places in the vocabulary")
    let words = builder.input(
      "story_words", .int64, ["batch", "sentence"], about: "words of each sentence")
    let sentences = builder.input(
      "story_sentences", .int64, ["batch"], about: "sentences of each story")
    let question = builder.input(
      "question", .int64, ["batch", "question_word"], about: "places in the vocabulary")
    let questionWords = builder.input(
      "question_words", .int64, ["batch"], about: "words of each question")

    let width = builder.size(story, axis: 2)
    let flat = builder.node(
      "Reshape", story, builder.concatenated([builder.integers([-1]), width], axis: 0))
    // Behind a story's end sentences have no word; the layers want one.
    let counted = builder.node("Max", builder.reshaped(words, [-1]), builder.integer(1))
    let shape = builder.concatenated(
      [builder.node("Shape", words), builder.integers([configuration.textSize])], axis: 0)
    let texts = builder.transpose(
      builder.node("Reshape", try encoded(flat, counted), shape), [1, 0, 2])
    let frame = SequenceFrame(builder, lengths: sentences, of: texts)
    let values = builder.transpose(try memory(texts, frame), [1, 0, 2])
    let memory = AttentionValues(
      keys: graph.keys(values, "attention"), values: values,
      mask: builder.unsqueezed(builder.transpose(frame.mask, [1, 0]), 1))

    let asked = graph.linear(try encoded(question, questionWords), "question")
    var state = asked
    var weights: [ONNXValue] = []
    let size = configuration.memorySize
    for _ in 0..<configuration.hopCount {
      let (context, shares) = graph.attention(
        builder.unsqueezed(state, 1), memory, configuration.score, "attention", size: size)
      state = graph.gruStep(builder.squeezed(context, 1), state, size: size)
      weights.append(shares)
    }
    let summary = builder.concatenated([asked, state], axis: 1)
    let answers: [ONNXGraph.Port.Size] = ["batch", .fixed(configuration.answerCount)]
    let logits = graph.linear(summary, "output")
    builder.output("logits", logits, answers, about: "scores of the answers")
    builder.output("probabilities", builder.softmax(logits), answers)
    builder.output(
      "attention", builder.concatenated(weights, axis: 1),
      ["batch", .fixed(configuration.hopCount), "sentence"],
      about: "how much of each sentence, hop by hop")
  }

  /// Vectors of texts, `[texts, textSize]`.
  ///
  /// - Parameters:
  ///   - ids: `[texts, words]`.
  ///   - lengths: `[texts]`.
  private func encoded(_ ids: ONNXValue, _ lengths: ONNXValue) throws -> ONNXValue {
    let x = graph.embedding(builder.transpose(ids, [1, 0]), "embedding")
    let frame = SequenceFrame(builder, lengths: lengths, of: x)
    switch configuration.encoder {
    case .rnn:
      let (_, final) = try graph.stack(x, configuration.stack, frame: frame)
      return builder.concatenated(final[final.count - 1].map(\.h), axis: 1)
    case .bag: return graph.meanPooled(x, frame)
    case .position: return graph.positionPooled(x, columns: configuration.embeddingSize, frame)
    }
  }

  /// What is attended to, `[sentences, batch, memorySize]`.
  private func memory(_ texts: ONNXValue, _ frame: SequenceFrame) throws -> ONNXValue {
    var memory = texts
    if let fusion = configuration.fusion {
      memory = try graph.stack(texts, fusion, prefix: "fusion.", frame: frame).output
    }
    guard configuration.ageCount > 0 else { return memory }
    // The last sentence before the question is the youngest: age 0.
    let back = builder.node(
      "Sub", builder.node("Sub", frame.lengths, builder.integer(1)), frame.places)
    let ages = builder.node(
      "Min", builder.node("Max", back, builder.integer(0)),
      builder.integer(configuration.ageCount - 1))
    return builder.sum(memory, graph.embedding(ages, "age"))
  }
}

extension NetworkGraph {
  /// The hop's GRU: one step from `h`.
  fileprivate func gruStep(_ x: ONNXValue, _ h: ONNXValue, size: Int) -> ONNXValue {
    let sizes = [Int](repeating: size, count: 3)
    let inputs = builder.split(
      builder.sum(product(x, "hop.weight_ih_l0"), weight("hop.bias_ih_l0")), sizes, axis: 1)
    let states = builder.split(
      builder.sum(product(h, "hop.weight_hh_l0"), weight("hop.bias_hh_l0")), sizes, axis: 1)
    let r = builder.sigmoid(builder.sum(inputs[0], states[0]))
    let z = builder.sigmoid(builder.sum(inputs[1], states[1]))
    let n = builder.tanh(builder.sum(inputs[2], builder.product(r, states[2])))
    let rest = builder.node("Sub", builder.number(1), z)
    return builder.sum(builder.product(rest, n), builder.product(z, h))
  }

  /// The position-encoded sum: `Tape.positionPooled`.
  fileprivate func positionPooled(
    _ x: ONNXValue, columns: Int, _ frame: SequenceFrame
  ) -> ONNXValue {
    // [time, batch, 1]: j / J
    let place = builder.unsqueezed(
      builder.quotient(
        builder.cast(builder.sum(frame.places, builder.integer(1)), .float),
        builder.cast(frame.lengths, .float)), 2)
    let column = builder.numbers((1...columns).map { Float($0) / Float(columns) })
    let one = builder.number(1)
    let slope = builder.node("Sub", builder.product(builder.number(2), place), one)
    let factors = builder.sum(
      builder.node("Sub", one, place), builder.product(slope, column))
    let own = builder.chosen(frame.columnMask, x, builder.number(0))
    return builder.summed(builder.product(factors, own), axis: 0)
  }
}
