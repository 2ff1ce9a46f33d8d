import Runs

/// The settings of the language model, as 0.1 had them.
package struct ExampleSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The text and how it becomes tokens"

    @Setting(path: true, "Text files to train on, read in this order") package var text: [String] =
      []
    @Setting(path: true, "Text file to validate on; empty: the end of the training text")
    package var valid = ""
    @Setting(of: ["char", "word", "byte"], "What a token is") package var tokens = "char"
    @Setting(in: .count, option: "vocab-size", "Keep this many most frequent tokens; 0: all")
    package var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this") package var minCount = 1
    @Setting(
      of: ["refuse", "other"],
      "A character that the text lacks: an error, or one slot for all; words have the slot")
    package var unknown = "refuse"
    @Setting(in: .fraction, "Share of the text to validate on without a file")
    package var validFraction = 0.05
    @Setting(
      path: true, mayChange: true, "Folder for token files; empty: in the run's folder")
    package var cache = ""
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(layers: 2, hidden: 512, readsBothWays: false)
    @Setting(in: .width, "Units of the token embedding") package var embedding = 128
    @Setting("Share the embedding with the output layer") package var tie = false
    @Setting(in: .fraction, "Share of the vocabulary dropped for an update")
    package var embeddingDropout = 0.0
    @Setting(in: .fraction, "Share of the embedding's units dropped") package var inputDropout = 0.0
    @Setting(
      in: NumberRange(lower: -1, upper: 1, includesUpper: false),
      "Share of activations dropped before the output layer; below 0: as between layers")
    package var outputDropout = -1.0
    @Setting(in: .notNegative, "Weight of the mean square of the last layer")
    package var activationPenalty = 0.0
    @Setting(
      in: .notNegative,
      "Weight of the mean square of the last layer's change from step to step")
    package var temporalPenalty = 0.0
  }

  package struct Steps: SettingsGroup {
    package static var table: String? { "train" }

    @Setting(in: 1...1_048_576, "Time steps of an update") package var steps = 64
    @Setting(
      of: ["mean", "sum-steps"],
      "Gradient of the mean over tokens, or of the sum over time steps")
    package var lossScale = "mean"
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings()
  package var steps = Steps()
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}
}
