import Compute
import Networks

/// The options of question answering.
package enum AnsweringSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.answering), data, model, training, CommonSchema.optimizer,
    CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The stories and the questions about them",
    [
      .strings(
        "stories", [],
        "Files of lines 'NUMBER sentence' and 'NUMBER question<TAB>answer', trained on together"),
      .strings("valid", [], "Files to validate on; empty: a part of the stories"),
      .number(
        "valid_fraction", 0.1, in: .fraction,
        "Share of each file's stories to validate on without files of their own"),
      .integer(
        "split_seed", 1, in: CommonSchema.count, "Seed of the division into training and validation"
      ),
      .boolean("lowercase", true, "Read words in lower case"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 32) + [
      .integer("embedding", 32, in: 1...65536, "Units of the word embedding"),
      .choice(
        "encoder", MemoryNetworkConfiguration.Encoder.rnn.rawValue,
        of: MemoryNetworkConfiguration.Encoder.allCases.map(\.rawValue),
        "How the words of a sentence become a vector: recurrent layers, or a sum with or without "
          + "position encoding"),
      .integer(
        "fusion", 0, in: 0...65536, "Units each way of a GRU over the sentences of a story; 0: none"
      ),
      .integer(
        "ages", 64, in: 0...65536,
        "Sentences before the question whose age has a vector of its own; 0: none has"),
      .choice(
        "attention", AttentionScore.dot.rawValue,
        of: AttentionScore.allCases.map(\.rawValue), "How a question is compared with a sentence"),
      .integer("hops", 3, in: 1...64, "How often a question attends to its story"),
    ])

  private static let training = CommonSchema.training(
    batch: 32, epochs: 100,
    [
      .number(
        "empty_sentences", 0, in: .fraction,
        "How often a sentence looks one place older, as if an empty one had followed")
    ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
  }
}
