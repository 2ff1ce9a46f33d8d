import Networks
import Runs

/// The settings of question answering.
package struct AnsweringSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The stories and the questions about them"

    @Setting(
      path: true,
      "Files of lines 'NUMBER sentence' and 'NUMBER question<TAB>answer', trained on together")
    package var stories: [String] = []
    @Setting(path: true, "Files to validate on; empty: a part of the stories")
    package var valid: [String] = []
    package var division = DivisionSettings(
      "Share of each file's stories to validate on without files of their own")
    @Setting("Read words in lower case") package var lowercase = true

    package init() {}
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 32)
    @Setting(in: .width, "Units of the word embedding") package var embedding = 32
    @Setting(
      "How the words of a sentence become a vector: recurrent layers, or a sum with or without "
        + "position encoding")
    package var encoder = MemoryNetworkConfiguration.Encoder.rnn
    @Setting(
      in: 0...65536, "Units each way of a GRU over the sentences of a story; 0: none")
    package var fusion = 0
    @Setting(
      in: 0...65536,
      "Sentences before the question whose age has a vector of its own; 0: none has")
    package var ages = 64
    @Setting(
      of: AttentionScore.allCases.map(\.rawValue), "How a question is compared with a sentence")
    package var attention = AttentionScore.dot.rawValue
    @Setting(in: 1...64, "How often a question attends to its story") package var hops = 3

    package init() {}
  }

  package struct Sentences: SettingsGroup {
    package static let table: String? = "train"

    @Setting(
      in: .fraction,
      "How often a sentence looks one place older, as if an empty one had followed")
    package var emptySentences = 0.0

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 32, epochs: 100)
  package var sentences = Sentences()
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}
}

extension MemoryNetworkConfiguration.Encoder: SettingValue {}
