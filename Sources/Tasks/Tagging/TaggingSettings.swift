import Corpora
import Networks
import Runs

/// The settings of tagging.
package struct TaggingSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The sentences and their tags"

    @Setting(
      option: "data", path: true,
      "CoNLL columns (word … tag, a blank line between sentences), or 'BOS word … EOS<TAB>O slot "
        + "… intent' lines")
    package var train = ""
    @Setting(path: true, "Sentences to validate on; empty: a part of the training sentences")
    package var valid = ""
    package var division = DivisionSettings()
    @Setting(of: ["auto"] + TagScheme.names + ["none"], "How the files write spans as tags")
    package var scheme = "auto"
    @Setting(
      of: ["same"] + TagScheme.names,
      "How the model writes spans as tags; what it predicts is written as the files are")
    package var learn = "same"
    @Setting("Refuse tags that break the scheme or that were never trained")
    package var strict = false
    @Setting(in: 0...1000, "Column of the tag, the word's is 1; 0: the last")
    package var tagColumn = 0
    @Setting("Columns to read beside the word, the word's is 1") package var features: [String] = []
    @Setting("Look words up in lower case; characters are read as they are")
    package var lowercase = false
    @Setting("Look words up with every digit as 0") package var hideDigits = false
    @Setting(in: .positiveCount, "Drop words seen less often than this") package var minCount = 1
    @Setting(path: true, "Text file of word vectors to begin with (GloVe, word2vec)")
    package var embeddings = ""
    @Setting("Learn the label of the sentence too") package var intent = false

    package init() {}
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 100)
    @Setting(in: .width, "Units of the word embedding") package var embedding = 100
    @Setting(in: 0...65536, "Units each way of an LSTM over characters; 0: none")
    package var characters = 0
    @Setting(in: .width, "Units of the character embedding") package var characterEmbedding = 25
    @Setting(in: .width, "Units of the embedding of each feature")
    package var featureEmbedding = 25
    @Setting(in: 0...64, "Neighbours on either side that a word is read with")
    package var window = 0
    @Setting(in: .fraction, "Share of a word's vector that is dropped")
    package var inputDropout = 0.0
    @Setting(of: AttentionScore.choices, "How every step looks at its whole sequence")
    package var selfAttention = "none"
    @Setting("What chooses the tags") package var head = Head.softmax

    package init() {}
  }

  package enum Head: String, SettingValue, CaseIterable {
    /// The best tag of each word.
    case softmax
    /// The best sequence of tags, as a conditional random field scores them.
    case crf
    /// A name or not, word by word.
    case sigmoid
  }

  package struct Words: SettingsGroup {
    package static let table: String? = "train"

    @Setting(in: .fraction, "How often a word seen once is read as an unknown one")
    package var wordDropout = 0.5

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 16, epochs: 30)
  package var words = Words()
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}

  package func check() throws { _ = try TaggingForm(data) }
}

extension TagScheme {
  fileprivate static var names: [String] { allCases.map(\.rawValue) }
}
