import Corpora
import Networks

/// The options of `unroll train recall`.
package enum RecallSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.recall), data, model, CommonSchema.training(batch: 16),
    CommonSchema.optimizer,
    CommonSchema.schedule,
  ])

  /// The controller that has no state of its own.
  package static let feedforward = "feedforward"
  /// The model with a memory; all others are cells.
  package static let machine = "ntm"

  private static func following(
    _ name: String, _ values: [RecallTaskKind: Int], in range: ClosedRange<Int>, _ help: String
  ) -> ConfigurationOption {
    ConfigurationOption(
      name, .integer(range),
      default: .following(
        key: "data.task",
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, .integer($0.value)) }),
        otherwise: .integer(values[.copy] ?? 1)), help: help)
  }

  private static let lengths = 1...RecallTaskKind.longest

  private static let data = ConfigurationSchema.Table(
    "data", "The sequences, which are made",
    [
      .choice("task", "copy", of: RecallTaskKind.allCases.map(\.rawValue), "What is asked"),
      following("bits", [.copy: 8, .associativeRecall: 6], in: 1...1024, "Bits of a vector"),
      following(
        "min_length", [.copy: 1, .associativeRecall: 2, .prioritySort: 20], in: lengths,
        "Fewest vectors to remember; items for associative-recall"),
      following(
        "max_length", [.copy: 20, .repeatCopy: 10, .associativeRecall: 6], in: lengths,
        "Most vectors to remember; items for associative-recall"),
      .integer("min_repeats", 1, in: lengths, "Fewest repeats, for repeat-copy"),
      .integer("max_repeats", 10, in: lengths, "Most repeats, for repeat-copy"),
      .integer(
        "sequences", 1_000, in: CommonSchema.positiveCount, "Sequences that make an epoch"),
      .integer(
        "valid_sequences", 200, in: CommonSchema.positiveCount, "Other sequences to validate on"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    [
      .choice(
        "kind", machine, of: [machine] + Cells.names,
        "A neural Turing machine, or recurrent layers of a cell alone"),
      .choice(
        "controller", "lstm", of: [feedforward] + Cells.names,
        "What reads the input and steers the heads: a cell, or a layer without a state"),
      .integer("layers", 1, in: 1...256, "Recurrent layers"),
      .integer("hidden", 100, in: 1...65536, "Units in a layer"),
      .integer("memory_slots", 128, in: 1...1_048_576, "Addresses of the memory"),
      .integer("memory_width", 20, in: 1...65536, "Numbers at an address"),
      .integer("read_heads", 1, in: 1...1024, "Heads that read"),
      .integer("write_heads", 1, in: 1...1024, "Heads that write"),
      .integer("shift_range", 1, in: 0...1024, "Slots a head may move on or back in a step"),
      .string("init", "default", "How weights begin: \(InitializationScheme.allowed)"),
      .number(
        "forget_bias", 0, in: NumberRange(lower: -100, upper: 100),
        "Where an LSTM's forget gate bias begins; 0: as the other biases"),
    ])
}
