import Autodiff
import Compute

/// Parameters of attention of the steps of a sequence to each other, such as the outputs of recurrent
/// layers: those of an `AttentionLayer` whose queries are as wide as its keys.
package final class SelfAttentionLayer<S: MatrixElement>: Sendable {
  let attention: AttentionLayer<S>

  /// - Parameter size: columns of a step, and units of the additive score.
  package init(
    _ name: String, score: AttentionScore, size: Int, scheme: InitializationScheme,
    precision: Precision, in store: ParameterStore<S>
  ) {
    attention = AttentionLayer(
      name, score: score, querySize: size, keySize: size, unitCount: size, scheme: scheme,
      precision: precision, in: store)
  }
}

extension Tape {
  /// Records every step beside what it finds in the whole of its sequence:
  ///
  ///     y(t) = [h(t); Σ_s a(t, s) h(s)]         a(t, ·) = softmax of score(h(t), h(·))
  ///
  /// Cost: length² products of a step a sequence. Source: Cheng, Dong & Lapata, "Long Short-Term
  /// Memory-Networks for Machine Reading" (2016), whose steps see only what was before; here both
  /// sides, as in Lin et al., "A Structured Self-attentive Sentence Embedding" (2017).
  ///
  /// - Parameter h: `[tokens, size]`.
  /// - Returns: `[tokens, 2 · size]`, and the weights `[tokens, longest sequence]`, to be read after
  ///   the region.
  package func selfAttention(
    _ h: Variable<S>, _ layer: SelfAttentionLayer<S>
  ) -> (output: Variable<S>, weights: Matrix<S>) {
    let (context, weights) = attention(
      h, over: attentionMemory(h, layer.attention), layer.attention)
    return (concatenated([h, context]), weights)
  }
}
