import Autodiff
import Interchange
import Networks

/// A tagger as a graph: sentences to scores of every word's tags and, where tags are chosen together,
/// the scores of their neighbourhood.
package struct TaggerGraph {
  /// Scores of neighbouring tags.
  package struct Chain {
    /// `[tags]`
    package let start: [Float]
    package let end: [Float]
    /// `[tags, tags]`, from the row's tag to the column's.
    package let transitions: [Float]

    package init(start: [Float], end: [Float], transitions: [Float]) {
      self.start = start
      self.end = end
      self.transitions = transitions
    }
  }

  private let configuration: TaggerConfiguration
  private let graph: NetworkGraph
  private var builder: ONNXGraphBuilder { graph.builder }

  /// Throws a `UserError` that names a layer which cannot be written.
  package static func write(
    _ configuration: TaggerConfiguration, _ parameters: ParameterStore<Float>,
    further: (any FurtherTable)? = nil, chain: Chain?
  ) throws -> ONNXGraph {
    let tagger = TaggerGraph(
      configuration: configuration, graph: NetworkGraph("tagger", parameters))
    try tagger.write(further, chain)
    return tagger.builder.built
  }

  private func write(_ further: (any FurtherTable)?, _ chain: Chain?) throws {
    let words = builder.input(
      "words", .int64, ["batch", "time"], about: "places in the vocabulary")
    let spellings = try configuration.characters.map { try self.spellings($0, words: words) }
    let features = configuration.features.indices.map { index in
      let ids = builder.input(
        "feature_\(index)", .int64, ["batch", "time"],
        about: "places in the vocabulary of feature \(index)")
      return graph.embedding(builder.transpose(ids, [1, 0]), "feature_embedding_\(index)")
    }
    let lengths = builder.input(
      "lengths", .int64, ["batch"], about: "words of each sentence")
    let embedded = graph.embedding(
      builder.transpose(words, [1, 0]), "embedding", further: further)
    var x = builder.concatenated([embedded] + [spellings].compactMap(\.self) + features, axis: 2)
    let frame = SequenceFrame(builder, lengths: lengths, of: x)
    if configuration.windowRadius > 0 {
      x = graph.contextWindow(x, radius: configuration.windowRadius, frame)
    }
    var (h, _) = try graph.stack(x, configuration.stack, frame: frame)
    if let score = configuration.selfAttention {
      h = graph.selfAttention(h, score, size: configuration.stack.outputSize, frame)
    }
    writeOutputs(h, frame, chain)
  }

  /// The vectors of words by their characters, `[time, batch, 2 · units]`: each word by itself.
  private func spellings(
    _ characters: TaggerConfiguration.Characters, words: ONNXValue
  ) throws -> ONNXValue {
    let ids = builder.input(
      "characters", .int64, ["batch", "time", "spelling"],
      about: "places of each word's characters in their vocabulary")
    let lengths = builder.input(
      "spelling_lengths", .int64, ["batch", "time"], about: "characters of each word")
    // Behind a sentence's end words have no character; the layers want one.
    let counted = builder.node(
      "Max", builder.reshaped(lengths, [-1]), builder.integer(1))
    let size = builder.size(ids, axis: 2)
    let flat = builder.node(
      "Reshape", ids, builder.concatenated([builder.integers([-1]), size], axis: 0))
    let x = graph.embedding(builder.transpose(flat, [1, 0]), "char_embedding")
    let (_, final) = try graph.stack(
      x,
      StackConfiguration(
        cell: Cells.lstm, inputSize: characters.table.size, hiddenSize: characters.hiddenSize,
        isBidirectional: true),
      prefix: "char_rnn.", frame: SequenceFrame(builder, lengths: counted, of: x))
    let states = builder.concatenated(final[0].map(\.h), axis: 1)
    let shape = builder.concatenated(
      [builder.node("Shape", words), builder.integers([2 * characters.hiddenSize])], axis: 0)
    return builder.transpose(builder.node("Reshape", states, shape), [1, 0, 2])
  }

  private func writeOutputs(_ h: ONNXValue, _ frame: SequenceFrame, _ chain: Chain?) {
    let count = configuration.head.outputCount
    let emissions = builder.transpose(graph.linear(h, "output"), [1, 0, 2])
    builder.output(
      "emissions", emissions, ["batch", "time", .fixed(count)], about: "scores of each word's tags")
    switch configuration.head {
    case .softmax:
      builder.output(
        "probabilities", builder.softmax(emissions), ["batch", "time", .fixed(count)])
    case .sigmoid:
      builder.output(
        "probabilities", builder.sigmoid(emissions), ["batch", "time", 1],
        about: "that a word is a name")
    case .crf:
      guard let chain else { preconditionFailure("a chain without scores") }
      func constant(_ name: String, _ values: [Float], _ shape: [Int], _ about: String) {
        let value = builder.tensor(ONNXTensor("chain.\(name)", shape: shape, values))
        builder.output(name, value, shape.map { .fixed($0) }, about: about)
      }
      let about = "; minus infinity where the scheme of the tags forbids it"
      constant(
        "transitions", chain.transitions, [count, count],
        "scores of a tag, the column, behind another, the row" + about)
      constant(
        "start_transitions", chain.start, [count], "scores of a sentence's first tag" + about)
      constant("end_transitions", chain.end, [count], "scores of its last" + about)
    }
    guard configuration.intentCount > 0 else { return }
    let intents = graph.linear(graph.meanPooled(h, frame), "intent")
    builder.output(
      "intents", intents, ["batch", .fixed(configuration.intentCount)],
      about: "scores of the sentence's labels")
  }
}
