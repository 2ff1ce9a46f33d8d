import ArgumentParser
import Unroll

struct TrainRecall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recall",
    abstract: "Answers from memory: a neural Turing machine, or recurrent layers beside it.",
    discussion: """
      The sequences are made, and none is seen twice. copy: vectors once again. repeat-copy: several \
      times. associative-recall: the item that came after a given one. priority-sort: the vectors in \
      the order of their priorities. Measure other lengths with: unroll eval RUN --length 80. See \
      where the heads went with: unroll inspect RUN --memory.

      \(RunOptions.discussion)
      """)

  @OptionGroup(title: "Run") var options: RunOptions
  @Option(parsing: .unconditional, help: help("data.task")) var task: String?
  @Option(parsing: .unconditional, help: help("data.bits")) var bits: String?
  @Option(parsing: .unconditional, help: help("data.min_length")) var minLength: String?
  @Option(parsing: .unconditional, help: help("data.max_length")) var maxLength: String?
  @Option(parsing: .unconditional, help: help("data.min_repeats")) var minRepeats: String?
  @Option(parsing: .unconditional, help: help("data.max_repeats")) var maxRepeats: String?
  @Option(parsing: .unconditional, help: help("data.sequences")) var sequences: String?
  @Option(parsing: .unconditional, help: help("data.valid_sequences")) var validSequences: String?
  @Option(parsing: .unconditional, help: help("model.kind")) var model: String?
  @Option(parsing: .unconditional, help: help("model.controller")) var controller: String?
  @Option(parsing: .unconditional, help: help("model.layers")) var layers: String?
  @Option(parsing: .unconditional, help: help("model.hidden")) var hidden: String?
  @Option(parsing: .unconditional, help: help("model.memory_slots")) var memorySlots: String?
  @Option(parsing: .unconditional, help: help("model.memory_width")) var memoryWidth: String?
  @Option(
    parsing: .unconditional,
    help: "Heads that read, and as many that write (model.read_heads, model.write_heads).")
  var heads: String?
  @Option(parsing: .unconditional, help: help("model.read_heads")) var readHeads: String?
  @Option(parsing: .unconditional, help: help("model.write_heads")) var writeHeads: String?
  @Option(parsing: .unconditional, help: help("model.shift_range")) var shiftRange: String?
  @Option(name: .customLong("init"), parsing: .unconditional, help: help("model.init"))
  var initialization: String?
  @Option(parsing: .unconditional, help: help("model.forget_bias")) var forgetBias: String?
  @OptionGroup(title: "Training") var training: TrainingOptions

  func run() throws {
    var settings = Settings([
      ("data.task", task), ("data.bits", bits), ("data.min_length", minLength),
      ("data.max_length", maxLength), ("data.min_repeats", minRepeats),
      ("data.max_repeats", maxRepeats), ("data.sequences", sequences),
      ("data.valid_sequences", validSequences), ("model.kind", model),
      ("model.controller", controller), ("model.layers", layers), ("model.hidden", hidden),
      ("model.memory_slots", memorySlots), ("model.memory_width", memoryWidth),
      ("model.read_heads", readHeads ?? heads), ("model.write_heads", writeHeads ?? heads),
      ("model.shift_range", shiftRange), ("model.init", initialization),
      ("model.forget_bias", forgetBias),
    ])
    try settings.add(training.settings())
    try options.train(.recall, settings, paths: [])
  }

  private static func help(_ key: String) -> ArgumentHelp {
    .setting(key, in: RecallSchema.standard)
  }
}
