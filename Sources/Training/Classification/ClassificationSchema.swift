import Compute
import Networks

/// The options of classification.
package enum ClassificationSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.classification), data, model, CommonSchema.training(batch: 32),
    CommonSchema.optimizer, CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The examples and their labels",
    [
      .string(
        "train", "",
        "File of 'label<TAB>text' lines, folder of LABEL.txt files, .csv of 'label,number,…' rows, "
          + "or IDX images"),
      .string("labels", "", "IDX file of the images' labels"),
      .string("valid", "", "Data to validate on; empty: a part of the training data"),
      .string("valid_labels", "", "IDX file of the labels of 'valid'"),
      .number("valid_fraction", 0.1, in: .fraction, "Share to validate on without data of its own"),
      .integer(
        "split_seed", 1, in: CommonSchema.count, "Seed of the division into training and validation"
      ),
      .choice("tokens", "word", of: ["char", "word", "byte"], "What a step of a text is"),
      .choice(
        "encode", "ids", of: ["ids", "trigrams"],
        "A word as one id, or as the sum of its letter trigrams, which knows unseen words"),
      .boolean("lowercase", false, "Read texts in lower case"),
      .string("embeddings", "", "Text file of word vectors to begin with (GloVe, word2vec)"),
      .integer(
        "vocabulary_size", 0, in: CommonSchema.count,
        "Keep this many most frequent tokens; 0: all"),
      .integer(
        "min_count", 1, in: CommonSchema.positiveCount, "Drop tokens seen less often than this"),
      .integer(
        "features", 0, in: CommonSchema.count,
        "Numbers a step; 0: one of a table, a row of an image"),
      .boolean(
        "multi_label", false, "A text has any number of labels, separated by commas"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 128) + [
      .integer("embedding", 128, in: 1...65536, "Units of the token embedding"),
      StackSchema.selfAttention,
      .choice(
        "pooling", "last", of: SequenceModelConfiguration.Pooling.allCases.map(\.rawValue),
        "What stands for the whole sequence"),
    ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  package static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    guard
      configuration.string("model.self_attention") == "none"
        || configuration.string("model.pooling") != "last"
    else {
      throw UserError.usage(
        "--self-attention has no effect on --pooling last, which reads the last state",
        hint: "use --pooling mean, max or attention")
    }
    guard configuration.string("data.encode") == "trigrams" else { return }
    guard configuration.string("data.tokens") == "word" else {
      throw UserError.usage(
        "--encode trigrams spells words, but --tokens is "
          + "'\(configuration.string("data.tokens"))'", hint: "use --tokens word")
    }
    guard configuration.string("data.embeddings").isEmpty else {
      throw UserError.usage(
        "--embeddings holds vectors of words, but --encode trigrams has none of its own",
        hint: "drop one of them")
    }
  }
}
