import Compute
import Corpora
import Networks
import Runs

/// The settings of recall tasks.
public struct RecallSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The sequences, which are made"

    @Setting("What is asked") public var task = RecallTaskKind.copy
    @Setting(in: 1...1024, following: ("data.task", ["associative-recall": 6]), "Bits of a vector")
    public var bits = 8
    @Setting(
      in: Self.lengths,
      following: ("data.task", ["associative-recall": 2, "priority-sort": 20]),
      "Fewest vectors to remember; items for associative-recall")
    public var minLength = 1
    @Setting(
      in: Self.lengths, following: ("data.task", ["repeat-copy": 10, "associative-recall": 6]),
      "Most vectors to remember; items for associative-recall")
    public var maxLength = 20
    @Setting(in: Self.lengths, "Fewest repeats, for repeat-copy") public var minRepeats = 1
    @Setting(in: Self.lengths, "Most repeats, for repeat-copy") public var maxRepeats = 10
    @Setting(
      in: NumberRange(0...1),
      "Share of the updates over which the most vectors and repeats grow from the fewest; 0: none")
    public var curriculum = 0.0
    @Setting(in: .positiveCount, "Sequences that make an epoch") public var sequences = 1_000
    @Setting(in: .positiveCount, mayChange: true, "Other sequences to validate on")
    public var validSequences = 200

    private static let lengths = 1...RecallTaskKind.longest

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    /// The model with a memory; all others are cells.
    public static let machine = "ntm"
    /// The controller that has no state of its own.
    public static let feedforward = "feedforward"
    private static var cells: [String] { Cells.names }

    @Setting(
      of: [Self.machine] + Self.cells, option: "model",
      "A neural Turing machine, or recurrent layers of a cell alone")
    public var kind = Self.machine
    @Setting(
      of: [Self.feedforward] + Self.cells,
      "What reads the input and steers the heads: a cell, or a layer without a state")
    public var controller = "lstm"
    @Setting(in: 1...256, "Recurrent layers") public var layers = 1
    @Setting(in: .width, "Units in a layer") public var hidden = 100
    @Setting(in: 1...1_048_576, "Addresses of the memory") public var memorySlots = 128
    @Setting(in: .width, "Numbers at an address") public var memoryWidth = 20
    @Setting(in: 1...1024, "Heads that read") public var readHeads = 1
    @Setting(in: 1...1024, "Heads that write") public var writeHeads = 1
    @Setting(in: 0...1024, "Slots a head may move on or back in a step")
    public var shiftRange = 1
    @Setting(key: "init", "How weights begin: \(InitializationScheme.allowed)")
    public var initialization = "default"
    @Setting(
      in: NumberRange(-100...100),
      "Where an LSTM's forget gate bias begins; 0: as the other biases")
    public var forgetBias = 0.0

    public init() {}

    public func checkNewRun() throws {
      try StackSettings.checkForgetBias(forgetBias, of: kind == Self.machine ? controller : kind)
      let usual = Self()
      for (option, isOther) in [
        ("--controller", controller != usual.controller),
        ("--memory-slots", memorySlots != usual.memorySlots),
        ("--memory-width", memoryWidth != usual.memoryWidth),
        ("--read-heads", readHeads != usual.readHeads),
        ("--write-heads", writeHeads != usual.writeHeads),
        ("--shift-range", shiftRange != usual.shiftRange),
      ] where isOther && kind != Self.machine {
        throw UserError.usage(
          "\(option) is of a memory with heads, but --model is '\(kind)'",
          hint: "drop one of them")
      }
    }
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 16)
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}

  public static let shorthands = [
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

  public func check() throws { _ = try RecallDefinition(self) }
}

extension RecallTaskKind: SettingValue {}
