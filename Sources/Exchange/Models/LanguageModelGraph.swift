import Autodiff
import Compute
import Interchange
import Networks

/// A language model as a graph: tokens and states to scores of the next token and states.
package enum LanguageModelGraph {
  /// Throws a `UserError` that names a layer which cannot be written, or n-grams.
  package static func write(
    _ configuration: LanguageModelConfiguration, _ parameters: ParameterStore<Float>
  ) throws -> ONNXGraph {
    if let ngrams = configuration.ngrams {
      throw UserError(
        "n-grams of \(ngrams.order) tokens (--maxent-order) find their weights by a hash, which no graph can",
        hint: "export a run that was trained without --maxent-order")
    }
    let graph = NetworkGraph("language-model", parameters)
    let builder = graph.builder
    let tokens = builder.input(
      "tokens", .int64, ["batch", "time"], about: "places in the vocabulary")
    let lengths = builder.input(
      "lengths", .int64, ["batch"], about: "tokens of each row that count")
    let states = graph.stateInputs(configuration.stack)
    let ids = builder.transpose(tokens, [1, 0])
    let x =
      if let clusters = configuration.adaptiveInputs {
        graph.embedding(ids, "embedding", clusters, isTied: configuration.isTied)
      } else {
        graph.embedding(ids, "embedding")
      }
    let (h, final) = try graph.stack(
      x, configuration.stack, frame: SequenceFrame(builder, lengths: lengths, of: x),
      initial: states)
    var features = h
    if graph.has("projection.weight") { features = graph.linear(features, "projection") }
    let logits = graph.logits(
      features, configuration.output, tiedTo: configuration.isTied ? "embedding.weight" : nil)
    builder.output(
      "logits", builder.transpose(logits, [1, 0, 2]),
      ["batch", "time", .fixed(configuration.vocabularySize)],
      about: "scores of the token that comes next; their softmax is its distribution")
    graph.stateOutputs(final, configuration.stack)
    return builder.built
  }
}
