import Autodiff
import Interchange
import Networks

/// A language model as a graph: tokens and states to scores of the next token and states.
package enum LanguageModelGraph {
  /// Throws a `UserError` that names a layer which cannot be written.
  package static func write(
    _ configuration: LanguageModelConfiguration, _ parameters: ParameterStore<Float>
  ) throws -> ONNXGraph {
    let graph = NetworkGraph("language-model", parameters)
    let builder = graph.builder
    let tokens = builder.input(
      "tokens", .int64, ["batch", "time"], about: "places in the vocabulary")
    let lengths = builder.input(
      "lengths", .int64, ["batch"], about: "tokens of each row that count")
    let states = graph.stateInputs(configuration.stack)
    let x = graph.embedding(builder.transpose(tokens, [1, 0]), "embedding")
    let (h, final) = try graph.stack(
      x, configuration.stack, frame: SequenceFrame(builder, lengths: lengths, of: x),
      initial: states)
    var features = h
    if graph.has("projection.weight") { features = graph.linear(features, "projection") }
    let logits = graph.logits(features, configuration)
    builder.output(
      "logits", builder.transpose(logits, [1, 0, 2]),
      ["batch", "time", .fixed(configuration.vocabularySize)],
      about: "scores of the token that comes next; their softmax is its distribution")
    graph.stateOutputs(final, configuration.stack)
    return builder.built
  }
}

extension NetworkGraph {
  /// `[time, batch, vocabulary]`
  fileprivate func logits(_ x: ONNXValue, _ configuration: LanguageModelConfiguration) -> ONNXValue
  {
    switch configuration.output {
    case .full, .sampled:
      return linear(x, "output", tiedTo: configuration.isTied ? "embedding.weight" : nil)
    case .adaptive(let clusters):
      // Log-probabilities: those of a cluster's words are its own and theirs within it.
      let head = builder.logSoftmax(linear(x, "output.head"))
      let parts = builder.split(
        head, [clusters.shortlist] + clusters.ranges.map { _ in 1 }, axis: -1)
      let tails = clusters.ranges.indices.map { index in
        let scores = product(
          product(x, "output.tail.\(index).0.weight"), "output.tail.\(index).1.weight")
        return builder.sum(builder.logSoftmax(scores), parts[index + 1])
      }
      return builder.concatenated([parts[0]] + tails, axis: -1)
    case .hierarchical(let tree): return logProbabilities(x, tree)
    }
  }

  /// `[time, batch, classes]`: the sum of the logarithms of all decisions on the way to a class.
  private func logProbabilities(_ x: ONNXValue, _ tree: HuffmanTree) -> ONNXValue {
    let scores = linear(x, "output.node")
    let right = builder.node("Neg", builder.node("Softplus", builder.node("Neg", scores)))
    let left = builder.node("Neg", builder.node("Softplus", scores))
    let never = builder.slice(
      builder.product(scores, builder.number(0)), 0..<1, axis: -1)
    let all = builder.concatenated([right, left, never], axis: -1)
    // Of each class, its decisions among these; the shorter ways end in nothing.
    let ways = (0..<tree.classes).map { id in
      var way: [Int] = []
      tree.forEachDecision(to: id) { node, isRight in
        way.append(Int(node) + (isRight ? 0 : tree.nodeCount))
      }
      return way
    }
    let longest = ways.map(\.count).max() ?? 0
    let places = ways.flatMap {
      $0 + [Int](repeating: 2 * tree.nodeCount, count: longest - $0.count)
    }
    let table = tensor("output.ways") {
      ONNXTensor("output.ways", shape: [ways.count, longest], places)
    }
    return builder.summed(builder.gathered(all, table, axis: -1), axis: -1)
  }
}
