import Compute
import Networks
import Runs

/// The settings of classification.
package struct ClassificationSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The examples and their labels"

    @Setting(
      option: "data", path: true,
      "File of 'label<TAB>text' lines, folder of LABEL.txt files, .csv of 'label,number,…' rows, "
        + "or IDX images")
    package var train = ""
    @Setting(path: true, "IDX file of the images' labels") package var labels = ""
    @Setting(path: true, "Data to validate on; empty: a part of the training data")
    package var valid = ""
    @Setting(path: true, "IDX file of the labels of 'valid'") package var validLabels = ""
    package var division = DivisionSettings()
    @Setting(of: ["char", "word", "byte"], "What a step of a text is") package var tokens = "word"
    @Setting(
      of: ["ids", "trigrams"],
      "A word as one id, or as the sum of its letter trigrams, which knows unseen words")
    package var encode = "ids"
    @Setting("Read texts in lower case") package var lowercase = false
    @Setting(path: true, "Text file of word vectors to begin with (GloVe, word2vec)")
    package var embeddings = ""
    @Setting(
      in: .count, option: "vocab-size", "Keep this many most frequent tokens; 0: all")
    package var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this")
    package var minCount = 1
    @Setting(
      in: .count, "Numbers a step; 0: one of a table, a row of an image")
    package var features = 0
    @Setting("A text has any number of labels, separated by commas") package var multiLabel = false

    package init() {}
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 128)
    @Setting(in: .width, "Units of the token embedding") package var embedding = 128
    @Setting(of: AttentionScore.choices, "How every step looks at its whole sequence")
    package var selfAttention = "none"
    @Setting(
      of: SequenceModelConfiguration.Pooling.names, "What stands for the whole sequence")
    package var pooling = "last"

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 32)
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}

  package func check() throws {
    guard model.selfAttention == "none" || model.pooling != "last" else {
      throw UserError.usage(
        "--self-attention has no effect on --pooling last, which reads the last state",
        hint: "use --pooling mean, max or attention")
    }
    guard data.encode == "trigrams" else { return }
    guard data.tokens == "word" else {
      throw UserError.usage(
        "--encode trigrams spells words, but --tokens is '\(data.tokens)'",
        hint: "use --tokens word")
    }
    guard data.embeddings.isEmpty else {
      throw UserError.usage(
        "--embeddings holds vectors of words, but --encode trigrams has none of its own",
        hint: "drop one of them")
    }
  }
}

extension SequenceModelConfiguration.Pooling {
  static var names: [String] { allCases.map(\.rawValue) }
}
