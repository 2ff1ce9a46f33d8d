import Compute
import Networks

/// The options of text that follows from a label.
package enum ConditionalTextSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.conditionalText), data, model, CommonSchema.training(batch: 64),
    CommonSchema.optimizer, CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The texts and their labels",
    [
      .string(
        "condition", "",
        "File of 'label<TAB>text' lines or folder of LABEL.txt files: one text a line, learnt from "
          + "its label alone"),
      .string("valid", "", "Data to validate on; empty: a part of the training data"),
      .number("valid_fraction", 0.1, in: .fraction, "Share to validate on without data of its own"),
      .integer(
        "split_seed", 1, in: CommonSchema.count, "Seed of the division into training and validation"
      ),
      .choice("tokens", "char", of: ["char", "word", "byte"], "What a token is"),
      .integer(
        "vocabulary_size", 0, in: CommonSchema.count, "Keep this many most frequent tokens; 0: all"),
      .integer(
        "min_count", 1, in: CommonSchema.positiveCount, "Drop tokens seen less often than this"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 128, readsBothWays: false) + [
      .integer("embedding", 64, in: 1...65536, "Units of the embedding of tokens and labels")
    ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  package static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
  }
}
