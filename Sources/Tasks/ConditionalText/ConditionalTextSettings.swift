import Corpora
import Networks
import Runs

/// The settings of text that follows from a label.
public struct ConditionalTextSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The texts and their labels"

    @Setting(
      path: true,
      "Files of 'label<TAB>text' lines or folders of LABEL.txt files: one text a line, learnt from "
        + "its label alone")
    public var condition: [String] = []
    @Setting(
      path: true, "Files or folders to validate on; empty: a part of the training data")
    public var valid: [String] = []
    public var division = DivisionSettings()
    @Setting(of: TokenKind.allCases.map(\.rawValue), "What a token is") public var tokens = "char"
    @Setting(
      in: .count, option: "vocab-size",
      "Keep this many most frequent tokens; 0: all, or 8000 subwords")
    public var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this") public var minCount = 1

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 128, readsBothWays: false)
    @Setting(in: .width, "Units of the embedding of tokens and labels") public var embedding = 64

    public init() {}
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 64)
  public var smoothing = SmoothingSettings()
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}
}
