import Compute
import Corpora
import Networks
import Runs

/// The settings of tagging.
public struct TaggingSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The sentences and their tags"

    @Setting(
      option: "data", path: true,
      "Files of CoNLL columns (word … tag, a blank line between sentences), or of 'BOS word … EOS<TAB>O "
        + "slot … intent' lines, read in this order")
    public var train: [String] = []
    @Setting(path: true, "Files to validate on; empty: a part of the training sentences")
    public var valid: [String] = []
    public var division = DivisionSettings()
    @Setting(of: ["auto"] + TagScheme.names + ["none"], "How the files write spans as tags")
    public var scheme = "auto"
    @Setting(
      of: ["same"] + TagScheme.names,
      "How the model writes spans as tags; what it predicts is written as the files are")
    public var learn = "same"
    @Setting("Refuse tags that break the scheme or that were never trained")
    public var strict = false
    @Setting(in: 0...1000, "Column of the tag, the word's is 1; 0: the last")
    public var tagColumn = 0
    @Setting("Columns to read beside the word, the word's is 1") public var features: [String] = []
    @Setting("Look words up in lower case; characters are read as they are")
    public var lowercase = false
    @Setting("Look words up with every digit as 0") public var hideDigits = false
    @Setting(in: .positiveCount, "Drop words seen less often than this") public var minCount = 1
    public var vectors = WordVectorSettings()
    public var weights = LabelWeightSettings()
    @Setting("Learn the label of the sentence too") public var intent = false

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 100)
    @Setting(in: .width, "Units of the word embedding") public var embedding = 100
    @Setting(in: 0...65536, "Units each way of an LSTM over characters; 0: none")
    public var characters = 0
    @Setting(in: .width, "Units of the character embedding") public var characterEmbedding = 25
    @Setting(in: .width, "Units of the embedding of each feature")
    public var featureEmbedding = 25
    @Setting(in: 0...64, "Neighbours on either side that a word is read with")
    public var window = 0
    @Setting(in: .fraction, "Share of a word's vector that is dropped")
    public var inputDropout = 0.0
    @Setting(of: AttentionScore.choices, "How every step looks at its whole sequence")
    public var selfAttention = "none"
    @Setting("What chooses the tags") public var head = Head.softmax

    public init() {}
  }

  public enum Head: String, SettingValue, CaseIterable {
    /// The best tag of each word.
    case softmax
    /// The best sequence of tags, as a conditional random field scores them.
    case crf
    /// A name or not, word by word.
    case sigmoid
  }

  public struct Words: SettingsGroup {
    public static let table: String? = "train"

    @Setting(in: .fraction, "How often a word seen once is read as an unknown one")
    public var wordDropout = 0.5

    public init() {}
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 16, epochs: 30)
  public var words = Words()
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}

  public func check() throws {
    _ = try TaggingForm(data)
    if model.head == .crf {
      try data.weights.refuse(
        because: "a conditional random field scores whole sentences",
        hint: "use --head softmax, or --balance, which draws sentences", withBalance: false)
    }
  }

  public func checkNewRun() throws {
    // Another run's features are taken over with its weights.
    guard data.features.isEmpty, train.reuse.from.isEmpty else { return }
    guard model.featureEmbedding == Model().featureEmbedding else {
      throw UserError.usage(
        "--feature-embedding is of columns beside the word, but --features names none",
        hint: "drop --feature-embedding, or add --features with numbers of columns")
    }
  }
}

extension TagScheme {
  fileprivate static var names: [String] { allCases.map(\.rawValue) }
}
