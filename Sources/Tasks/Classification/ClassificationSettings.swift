import Compute
import Corpora
import Networks
import Runs

/// The settings of classification.
public struct ClassificationSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The examples and their labels"

    @Setting(
      option: "data", path: true,
      "Files of 'label<TAB>text' lines, folders of LABEL.txt files, tables of texts, series of numbers "
        + "(.csv, .tsv, .ts, .npz), read in this order; or IDX images")
    public var train: [String] = []
    @Setting(path: true, "IDX file of the images' labels") public var labels = ""
    @Setting(
      path: true,
      "Files or folders to validate on, read as 'train'; empty: a part of the training data")
    public var valid: [String] = []
    @Setting(path: true, "IDX file of the labels of 'valid'") public var validLabels = ""
    public var division = DivisionSettings()
    @Setting(
      of: ["char", "word", "byte", ClassificationForm.subwordKind],
      "What a step of a text is; bpe: byte-pair subwords")
    public var tokens = "word"
    @Setting(path: true, "tokenizer.json of the subwords; empty: they are learnt")
    public var tokenizer = ""
    @Setting(
      of: ["ids", "trigrams"],
      "A word as one id, or as the sum of its letter trigrams, which knows unseen words")
    public var encode = "ids"
    @Setting(
      of: WordDivision.allCases.map(\.rawValue),
      "Where words are divided: at blanks, or from punctuation too")
    public var split = "blank"
    @Setting("Read texts in lower case") public var lowercase = false
    public var vectors = WordVectorSettings()
    @Setting(
      in: .count, option: "vocab-size",
      "Keep this many most frequent tokens; 0: all, or 8000 subwords")
    public var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this")
    public var minCount = 1
    @Setting(
      in: .count, "Numbers a step; 0: one of a table, a row of an image")
    public var features = 0
    public var series = SeriesSettings()
    @Setting(
      "Column of the labels in a table, by name or number; empty: by its name, else the first of series"
    )
    public var labelColumn = ""
    @Setting("Column of the texts in a table, by name or number; empty: by its name")
    public var textColumn = ""
    @Setting("A text has any number of labels, separated by commas") public var multiLabel = false
    public var weights = LabelWeightSettings()

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 128)
    @Setting(in: .width, "Units of the token embedding") public var embedding = 128
    @Setting(in: .fraction, "Share of a token's vector, or of a step's numbers, that is dropped")
    public var inputDropout = 0.0
    @Setting(of: AttentionScore.choices, "How every step looks at its whole sequence")
    public var selfAttention = "none"
    @Setting(
      of: SequenceModelConfiguration.Pooling.names, "What stands for the whole sequence")
    public var pooling = "last"

    public init() {}
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 32)
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}

  public func check() throws {
    if data.multiLabel {
      try data.weights.refuse(
        because: "--multi-label has any number", hint: "drop one of them")
    }
    guard model.selfAttention == "none" || model.pooling != "last" else {
      throw UserError.usage(
        "--self-attention has no effect on --pooling last, which reads the last state",
        hint: "use --pooling mean, max or attention")
    }
    guard data.split == "blank" || data.tokens == "word" else {
      throw UserError.usage(
        "--split divides words, but --tokens is '\(data.tokens)'", hint: "use --tokens word")
    }
    let readsSubwords = data.tokens == ClassificationForm.subwordKind
    guard readsSubwords || data.tokenizer.isEmpty else {
      throw UserError.usage(
        "data.tokenizer names a file, but texts are not read in subwords",
        hint: "add --tokens bpe")
    }
    guard !readsSubwords || data.vectors.embeddings.isEmpty else {
      throw UserError.usage(
        "--embeddings holds vectors of words, but --tokens bpe reads subwords",
        hint: "drop one of them")
    }
    for (option, images, labels, files) in [
      ("--data", "--labels", data.labels, data.train),
      ("--valid", "--valid-labels", data.validLabels, data.valid),
    ] where !labels.isEmpty && files.count != 1 {
      throw UserError.usage(
        "\(images) names the labels of one file of IDX images, but \(option) \(files.count) files",
        hint: "name one file with \(option)")
    }
    guard data.encode == "trigrams" else { return }
    guard data.tokens == "word" else {
      throw UserError.usage(
        "--encode trigrams spells words, but --tokens is '\(data.tokens)'",
        hint: "use --tokens word")
    }
    guard data.vectors.embeddings.isEmpty else {
      throw UserError.usage(
        "--embeddings holds vectors of words, but --encode trigrams has none of its own",
        hint: "drop one of them")
    }
  }
}

extension SequenceModelConfiguration.Pooling {
  static var names: [String] { allCases.map(\.rawValue) }
}
