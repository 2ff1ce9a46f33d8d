import Networks
import Runs

/// The settings of text that follows from a label.
package struct ConditionalTextSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The texts and their labels"

    @Setting(
      path: true,
      "File of 'label<TAB>text' lines or folder of LABEL.txt files: one text a line, learnt from "
        + "its label alone")
    package var condition = ""
    @Setting(path: true, "Data to validate on; empty: a part of the training data")
    package var valid = ""
    package var division = DivisionSettings()
    @Setting(of: ["char", "word", "byte"], "What a token is") package var tokens = "char"
    @Setting(in: .count, option: "vocab-size", "Keep this many most frequent tokens; 0: all")
    package var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this") package var minCount = 1

    package init() {}
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 128, readsBothWays: false)
    @Setting(in: .width, "Units of the embedding of tokens and labels") package var embedding = 64

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 64)
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}
}
