import Compute
import Networks

/// The options of the language model job.
package enum LanguageModelSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.languageModel), data, model, training, CommonSchema.optimizer,
    CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The text and how it becomes tokens",
    [
      .strings("text", [], "Text files to train on, read in this order"),
      .string("valid", "", "Text file to validate on; empty: the end of the training text"),
      .choice("tokens", "char", of: ["char", "word", "byte"], "What a token is"),
      .integer(
        "vocabulary_size", 0, in: CommonSchema.count, "Keep this many most frequent tokens; 0: all"),
      .integer(
        "min_count", 1, in: CommonSchema.positiveCount, "Drop tokens seen less often than this"),
      .choice(
        "unknown", "refuse", of: ["refuse", "other"],
        "A character that the text lacks: an error, or one slot for all; words have the slot"),
      .number(
        "valid_fraction", 0.05, in: .fraction, "Share of the text to validate on without a file"),
      .string("cache", "", "Folder for token files; empty: in the run's folder"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(layers: 2, hidden: 512, readsBothWays: false) + [
      .integer("embedding", 128, in: 1...65536, "Units of the token embedding"),
      .boolean("tie", false, "Share the embedding with the output layer"),
      .number(
        "embedding_dropout", 0, in: .fraction, "Share of the vocabulary dropped for an update"),
      .number("input_dropout", 0, in: .fraction, "Share of the embedding's units dropped"),
      .number(
        "output_dropout", -1, in: NumberRange(lower: -1, upper: 1, includesUpper: false),
        "Share of activations dropped before the output layer; below 0: as between layers"),
      .number(
        "activation_penalty", 0, in: .notNegative, "Weight of the mean square of the last layer"),
      .number(
        "temporal_penalty", 0, in: .notNegative,
        "Weight of the mean square of the last layer's change from step to step"),
    ])

  private static let training = CommonSchema.training([
    .integer("steps", 64, in: 1...1_048_576, "Time steps of an update"),
    .choice(
      "loss_scale", "mean", of: ["mean", "sum-steps"],
      "Gradient of the mean over tokens, or of the sum over time steps"),
  ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  package static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
  }
}
