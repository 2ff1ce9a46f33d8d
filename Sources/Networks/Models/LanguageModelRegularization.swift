/// Noise and penalties of a language model outside its recurrent layers, in training only. 0 is
/// none.
///
/// Source: Merity, Keskar & Socher, "Regularizing and Optimizing LSTM Language Models" (2018), the
/// AWD-LSTM.
package struct LanguageModelRegularization: Sendable, Equatable {
  /// Share of the vocabulary whose embeddings are dropped for a minibatch (Gal & Ghahramani 2016).
  package var embeddingDropout: Double
  /// Share of the embedding's units dropped.
  package var inputDropout: Double
  /// Share of the top layer's units dropped; nil for as many as between layers.
  package var outputDropout: Double?
  /// Strength α of `mean(h²)`, h the top layer's output after dropout.
  package var activationPenalty: Double
  /// Strength β of `mean((h(t) - h(t-1))²)`, h the top layer's output before dropout.
  package var temporalPenalty: Double

  package init(
    embeddingDropout: Double = 0, inputDropout: Double = 0, outputDropout: Double? = nil,
    activationPenalty: Double = 0, temporalPenalty: Double = 0
  ) {
    self.embeddingDropout = embeddingDropout
    self.inputDropout = inputDropout
    self.outputDropout = outputDropout
    self.activationPenalty = activationPenalty
    self.temporalPenalty = temporalPenalty
  }
}
