import Corpora
import Networks

/// The options of the synthetic tasks.
package enum SyntheticSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.synthetic), data, model, CommonSchema.training(batch: 32),
    CommonSchema.optimizer, CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The examples, which are made",
    [
      .choice("task", "adding", of: SyntheticTaskKind.allCases.map(\.rawValue), "What is asked"),
      .integer(
        "length", 100, in: CommonSchema.positiveCount, "Steps of a sequence; for copy, the delay"),
      .integer("examples", 10_000, in: CommonSchema.positiveCount, "Examples that make an epoch"),
      .integer(
        "valid_examples", 1_000, in: CommonSchema.positiveCount, "Other examples to validate on"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 128, readsBothWays: false) + [
      .integer("embedding", 32, in: 1...65536, "Units of the symbols' embedding")
    ])
}
