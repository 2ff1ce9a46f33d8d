import Compute
import Corpora
import Networks

/// The options of tagging.
package enum TaggingSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.tagging), data, model, training, CommonSchema.optimizer,
    CommonSchema.schedule,
  ])

  /// How spans may be written; `none`: tags are no spans, such as parts of speech.
  static let schemes = TagScheme.allCases.map(\.rawValue) + ["none"]

  private static let data = ConfigurationSchema.Table(
    "data", "The sentences and their tags",
    [
      .string(
        "train", "",
        "CoNLL columns (word … tag, a blank line between sentences), or 'BOS word … EOS<TAB>O slot "
          + "… intent' lines"),
      .string("valid", "", "Sentences to validate on; empty: a part of the training sentences"),
      .number("valid_fraction", 0.1, in: .fraction, "Share to validate on without data of its own"),
      .integer(
        "split_seed", 1, in: CommonSchema.count, "Seed of the division into training and validation"
      ),
      .choice("scheme", "auto", of: ["auto"] + schemes, "How the files write spans as tags"),
      .choice(
        "learn", "same", of: ["same"] + TagScheme.allCases.map(\.rawValue),
        "How the model writes spans as tags; what it predicts is written as the files are"),
      .boolean("strict", false, "Refuse tags that break the scheme or that were never trained"),
      .integer("tag_column", 0, in: 0...1000, "Column of the tag, the word's is 1; 0: the last"),
      .strings("features", [], "Columns to read beside the word, the word's is 1"),
      .boolean("lowercase", false, "Look words up in lower case; characters are read as they are"),
      .boolean("hide_digits", false, "Look words up with every digit as 0"),
      .integer(
        "min_count", 1, in: CommonSchema.positiveCount, "Drop words seen less often than this"),
      .string("embeddings", "", "Text file of word vectors to begin with (GloVe, word2vec)"),
      .boolean("intent", false, "Learn the label of the sentence too"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 100) + [
      .integer("embedding", 100, in: 1...65536, "Units of the word embedding"),
      .integer(
        "characters", 0, in: 0...65536, "Units each way of an LSTM over characters; 0: none"),
      .integer("character_embedding", 25, in: 1...65536, "Units of the character embedding"),
      .integer("feature_embedding", 25, in: 1...65536, "Units of the embedding of each feature"),
      .integer("window", 0, in: 0...64, "Neighbours on either side that a word is read with"),
      .number("input_dropout", 0, in: .fraction, "Share of a word's vector that is dropped"),
      StackSchema.selfAttention,
      .choice("head", "softmax", of: ["softmax", "crf", "sigmoid"], "What chooses the tags"),
    ])

  private static let training = CommonSchema.training(
    batch: 16, epochs: 30,
    [
      .number(
        "word_dropout", 0.5, in: .fraction, "How often a word seen once is read as an unknown one")
    ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    _ = try TaggingForm(configuration)
  }
}
