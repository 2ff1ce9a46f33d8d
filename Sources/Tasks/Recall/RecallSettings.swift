import Corpora
import Networks
import Runs

/// The settings of recall tasks.
package struct RecallSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The sequences, which are made"

    @Setting("What is asked") package var task = RecallTaskKind.copy
    @Setting(in: 1...1024, following: ("data.task", ["associative-recall": 6]), "Bits of a vector")
    package var bits = 8
    @Setting(
      in: Self.lengths,
      following: ("data.task", ["associative-recall": 2, "priority-sort": 20]),
      "Fewest vectors to remember; items for associative-recall")
    package var minLength = 1
    @Setting(
      in: Self.lengths, following: ("data.task", ["repeat-copy": 10, "associative-recall": 6]),
      "Most vectors to remember; items for associative-recall")
    package var maxLength = 20
    @Setting(in: Self.lengths, "Fewest repeats, for repeat-copy") package var minRepeats = 1
    @Setting(in: Self.lengths, "Most repeats, for repeat-copy") package var maxRepeats = 10
    @Setting(in: .positiveCount, "Sequences that make an epoch") package var sequences = 1_000
    @Setting(in: .positiveCount, mayChange: true, "Other sequences to validate on")
    package var validSequences = 200

    private static let lengths = 1...RecallTaskKind.longest

    package init() {}
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    /// The model with a memory; all others are cells.
    package static let machine = "ntm"
    /// The controller that has no state of its own.
    package static let feedforward = "feedforward"
    private static var cells: [String] { Cells.names }

    @Setting(
      of: [Self.machine] + Self.cells, option: "model",
      "A neural Turing machine, or recurrent layers of a cell alone")
    package var kind = Self.machine
    @Setting(
      of: [Self.feedforward] + Self.cells,
      "What reads the input and steers the heads: a cell, or a layer without a state")
    package var controller = "lstm"
    @Setting(in: 1...256, "Recurrent layers") package var layers = 1
    @Setting(in: .width, "Units in a layer") package var hidden = 100
    @Setting(in: 1...1_048_576, "Addresses of the memory") package var memorySlots = 128
    @Setting(in: .width, "Numbers at an address") package var memoryWidth = 20
    @Setting(in: 1...1024, "Heads that read") package var readHeads = 1
    @Setting(in: 1...1024, "Heads that write") package var writeHeads = 1
    @Setting(in: 0...1024, "Slots a head may move on or back in a step")
    package var shiftRange = 1
    @Setting(key: "init", "How weights begin: \(InitializationScheme.allowed)")
    package var initialization = "default"
    @Setting(
      in: NumberRange(-100...100),
      "Where an LSTM's forget gate bias begins; 0: as the other biases")
    package var forgetBias = 0.0

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 16)
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}

  package static let shorthands = [
    SettingsShorthand(
      "heads", for: "model.read_heads",
      "Heads that read, and as many that write (model.read_heads, model.write_heads)"
    ) { count in
      (
        [],
        ["model.read_heads", "model.write_heads"].map { SettingsOverride($0, text: count) }
      )
    }
  ]

  package func check() throws { _ = try RecallDefinition(self) }
}

extension RecallTaskKind: SettingValue {}
