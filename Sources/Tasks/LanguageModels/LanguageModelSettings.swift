import Compute
import Corpora
import Networks
import Runs

extension DocumentDivision: SettingValue {}

/// The settings of language models.
public struct LanguageModelSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The text and how it becomes tokens"

    @Setting(path: true, "Text files to train on, read in this order")
    public var text: [String] = []
    @Setting(
      option: "data", path: true,
      "Token stores to train on, of one vocabulary: STORE, or STORE:WEIGHT for WEIGHT passes an epoch"
    )
    public var stores: [String] = []
    @Setting(
      path: true,
      "Text files or a token store to validate on; empty: the end of the training text")
    public var valid: [String] = []
    @Setting(of: TokenKind.allCases.map(\.rawValue), "What a token is") public var tokens = "char"
    @Setting(
      of: WordDivision.allCases.map(\.rawValue),
      "Where words are divided: at blanks, or from punctuation too")
    public var split = "blank"
    @Setting(path: true, "tokenizer.json of the subwords; empty: they are learnt")
    public var tokenizer = ""
    @Setting(
      in: .count, option: "vocab-size",
      "Keep this many most frequent tokens; 0: all, or 8000 subwords")
    public var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this") public var minCount = 1
    @Setting(
      of: ["refuse", "other"],
      "A character that the text lacks: an error, or one slot for all; words have the slot")
    public var unknown = "refuse"
    @Setting(
      "What a document is: a file, or what stands between blank lines; stores say it themselves")
    public var documents = DocumentDivision.file
    @Setting(in: .fraction, "Share of the text to validate on without a file")
    public var validFraction = 0.05
    @Setting(
      in: .count, mayChange: true,
      "Validate on a fixed sample of about this many tokens, spread over the text; 0: on all")
    public var validTokens = 0
    @Setting(
      path: true, mayChange: true, "Folder for token files; empty: in the run's folder")
    public var cache = ""

    public init() {}

    var kind: TokenKind { TokenKind(rawValue: tokens) ?? .character }
    var division: WordDivision { WordDivision(rawValue: split) ?? .blank }

    public func check() throws {
      guard text.isEmpty || stores.isEmpty else {
        throw UserError.usage(
          "--text and --data at once: the text is tokenised by the training, stores are already",
          hint: "make a store of the text with 'unroll tokenize --vocabulary STORE'")
      }
      guard split == "blank" || tokens == "word" else {
        throw UserError.usage(
          "--split divides words, but --tokens is '\(tokens)'", hint: "use --tokens word")
      }
      guard tokenizer.isEmpty || stores.isEmpty else {
        throw UserError.usage(
          "--tokenizer and --data at once: stores have subwords of their own",
          hint: "make a store with 'unroll tokenize --tokenizer FILE'")
      }
      guard tokenizer.isEmpty || kind == .subword else {
        throw UserError.usage(
          "--tokenizer names subwords, but --tokens is '\(tokens)'", hint: "use --tokens bpe")
      }
    }
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(layers: 2, hidden: 512, readsBothWays: false)
    @Setting(in: .width, "Units of the token embedding") public var embedding = 128
    @Setting("Narrower embeddings for rarer words, in the clusters of an adaptive output")
    public var adaptiveInputs = false
    @Setting("Share the embedding with the output layer") public var tie = false
    public var outputs = OutputSettings()
    @Setting(
      in: 0...16,
      "Longest n-grams of tokens that have weights beside the network, of a hierarchical output; 0: none"
    )
    public var maxentOrder = 0
    @Setting(in: .positiveCount, "Weights that they share by hash, such as 2^28")
    public var maxentSize = 1 << 22
    @Setting(in: .fraction, "Share of the vocabulary dropped for an update")
    public var embeddingDropout = 0.0
    @Setting(in: .fraction, "Share of the embedding's units dropped")
    public var inputDropout = 0.0
    @Setting(
      in: NumberRange(lower: -1, upper: 1, includesUpper: false),
      "Share of activations dropped before the output layer; below 0: as between layers")
    public var outputDropout = -1.0
    @Setting(in: .notNegative, "Weight of the mean square of the last layer")
    public var activationPenalty = 0.0
    @Setting(
      in: .notNegative, "Weight of the mean square of the last layer's change from step to step")
    public var temporalPenalty = 0.0

    public init() {}

    /// - Parameter counts: of each token, where they are needed and known.
    package func configuration(
      vocabularySize: Int, counts: [Int]? = nil
    ) throws -> LanguageModelConfiguration {
      guard maxentOrder == 0 || vocabularySize <= NGramForm.mostTokens else {
        throw UserError(
          "--maxent-order \(maxentOrder) tells \(NGramForm.mostTokens) tokens apart, but the vocabulary has "
            + "\(vocabularySize)", hint: "lower --vocab-size, or drop --maxent-order")
      }
      let stack = try stack.configuration(inputSize: embedding)
      let width = tie ? embedding : stack.outputSize
      return LanguageModelConfiguration(
        vocabularySize: vocabularySize, stack: stack, isTied: tie,
        output: try outputs.form(classes: vocabularySize, inputSize: width, counts: counts),
        adaptiveInputs: adaptiveInputs
          ? try outputs.clusters(classes: vocabularySize, inputSize: width) : nil,
        ngrams: maxentOrder > 0 ? NGramForm(order: maxentOrder, size: maxentSize) : nil,
        regularization: LanguageModelRegularization(
          embeddingDropout: embeddingDropout, inputDropout: inputDropout,
          outputDropout: outputDropout < 0 ? nil : outputDropout,
          activationPenalty: activationPenalty, temporalPenalty: temporalPenalty))
    }
  }

  public struct Streams: SettingsGroup {
    public static let table: String? = "train"

    @Setting(in: 1...1_048_576, "Time steps of an update") public var steps = 64
    @Setting(
      "Parallel streams through the text; streams over shuffled documents; shuffled lines, each a sequence of its own"
    )
    public var order = TextOrder.stream
    @Setting("Gradient of the mean over tokens, or of the sum over time steps")
    public var lossScale = LossScale.mean

    public init() {}
  }

  public enum TextOrder: String, SettingValue, CaseIterable {
    case stream, documents, lines
  }

  public enum LossScale: String, SettingValue, CaseIterable {
    /// Gradient of the mean over all tokens.
    case mean
    /// Gradient of the sum over steps, mean over rows (Zaremba et al. 2014).
    case sumSteps = "sum-steps"
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings()
  public var streams = Streams()
  public var smoothing = SmoothingSettings()
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}
}
