/// A vocabulary of which a minibatch has most tokens: its table is stepped as a whole, and where a
/// recurrent layer reads it, multiplied as a whole (`MultipliedTable`).
package enum SmallVocabulary {
  /// Tokens of the largest: well below those of the minibatches that language models are trained with.
  package static let limit = 512
}
