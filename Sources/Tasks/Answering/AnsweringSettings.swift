import Networks
import Runs

/// The settings of question answering.
public struct AnsweringSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The stories and the questions about them"

    @Setting(
      path: true,
      "Files of lines 'NUMBER sentence' and 'NUMBER question<TAB>answer', trained on together")
    public var stories: [String] = []
    @Setting(path: true, "Files to validate on; empty: a part of the stories")
    public var valid: [String] = []
    public var division = DivisionSettings(
      "Share of each file's stories to validate on without files of their own")
    @Setting("Read words in lower case") public var lowercase = true
    public var weights = LabelWeightSettings()

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 32)
    @Setting(in: .width, "Units of the word embedding") public var embedding = 32
    @Setting(
      "How the words of a sentence become a vector: recurrent layers, or a sum with "
        + "position encoding, or a mean")
    public var encoder = MemoryNetworkConfiguration.Encoder.rnn
    @Setting(
      in: 0...65536, "Units each way of a GRU over the sentences of a story; 0: none")
    public var fusion = 0
    @Setting(
      in: 0...65536,
      "Sentences before the question whose age has a vector of its own; 0: none has")
    public var ages = 64
    @Setting(
      of: AttentionScore.allCases.map(\.rawValue), "How a question is compared with a sentence")
    public var attention = AttentionScore.dot.rawValue
    @Setting(in: 1...64, "How often a question attends to its story") public var hops = 3

    public init() {}
  }

  public struct Sentences: SettingsGroup {
    public static let table: String? = "train"

    @Setting(
      in: .fraction,
      "How often a sentence looks one place older, as if an empty one had followed")
    public var emptySentences = 0.0

    public init() {}
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 32, epochs: 100)
  public var sentences = Sentences()
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}
}

extension MemoryNetworkConfiguration.Encoder: SettingValue {}
