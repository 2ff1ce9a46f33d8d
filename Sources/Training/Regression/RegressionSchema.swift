import Compute
import Networks

/// The options of regression.
package enum RegressionSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.regression), data, model, CommonSchema.training(batch: 32),
    CommonSchema.optimizer, CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The series of numbers",
    [
      .string("train", "", "Table of 'target,number,number,…' rows, a sequence each"),
      .string("valid", "", "Table to validate on; empty: a part of the training data"),
      .number("valid_fraction", 0.1, in: .fraction, "Share to validate on without a file"),
      .integer(
        "split_seed", 1, in: CommonSchema.count, "Seed of the division into training and validation"
      ),
      .integer("features", 1, in: CommonSchema.positiveCount, "Numbers a step"),
      .boolean(
        "every_step", false,
        "Rows have no target: at every step the numbers of the next one are predicted"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 64) + [
      .choice(
        "pooling", "last", of: SequenceModelConfiguration.Pooling.allCases.map(\.rawValue),
        "What stands for the whole sequence")
    ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  package static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    if configuration.boolean("data.every_step"), configuration.boolean("model.bidirectional") {
      throw UserError.usage(
        "--every-step cannot be --bidirectional: reading backward, a step has seen the next one",
        hint: "drop one of them")
    }
  }
}
