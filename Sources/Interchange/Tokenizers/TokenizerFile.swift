/// What a `tokenizer.json` says: the file of Hugging Face's tokenizers library, as far as models of
/// byte-pair encoding and of whole words go.
///
/// Ids are 0 ..< `vocabulary.count`, added tokens included. What decides how a text becomes ids and
/// is not supported is refused at reading, never left out in silence.
public struct TokenizerFile: Sendable, Equatable {
  public enum Model: Sendable, Equatable {
    case pairs(PairModel)
    /// Whole words; the name of the one for all others.
    case words(unknown: String)
  }

  /// `"type": "BPE"`.
  public struct PairModel: Sendable, Equatable {
    /// Two ids whose pieces, put together, are a third; in the order of application.
    public var merges: [SIMD2<Int32>]
    public var unknown: String?
    public var endOfWordSuffix: String?
    public var fusesUnknown = false

    public init(merges: [SIMD2<Int32>]) { self.merges = merges }
  }

  public enum PreTokenizer: Sendable, Equatable {
    /// Words with the space before them, in bytes; the splitting expression is GPT-2's.
    case byteLevel(addsPrefixSpace: Bool, trimsOffsets: Bool = true)
    /// What stands between white space.
    case whitespaceSplit
  }

  /// A token that is found in a text before it is cut into words.
  public struct AddedToken: Sendable, Equatable {
    public var id: Int32
    /// Left out of decoded text.
    public var isSpecial: Bool
    /// `"normalized"`; without effect here, as there is no normaliser.
    public var isNormalized: Bool
    /// The model's vocabulary holds it too.
    public var isInModel: Bool

    public init(id: Int32, isSpecial: Bool, isNormalized: Bool = false, isInModel: Bool = true) {
      self.id = id
      self.isSpecial = isSpecial
      self.isNormalized = isNormalized
      self.isInModel = isInModel
    }
  }

  public var model: Model
  /// The spelling of each id.
  public var vocabulary: [String]
  public var addedTokens: [AddedToken] = []
  public var preTokenizer: PreTokenizer
  /// How ids become text. Read only if it is what the model and the pre-tokeniser ask for.
  public var decoder = JSONValue.null
  /// Adds tokens at a text's ends; kept for writing, otherwise left to whoever uses the ids.
  public var postProcessor = JSONValue.null
  /// Kept for writing, without effect here.
  public var truncation = JSONValue.null
  /// Kept for writing, without effect here.
  public var padding = JSONValue.null

  public init(model: Model, vocabulary: [String], preTokenizer: PreTokenizer) {
    self.model = model
    self.vocabulary = vocabulary
    self.preTokenizer = preTokenizer
    switch (preTokenizer, model) {
    case (.byteLevel, _):
      decoder = .object([
        .init("type", .string("ByteLevel")), .init("add_prefix_space", .boolean(true)),
        .init("trim_offsets", .boolean(true)), .init("use_regex", .boolean(true)),
      ])
    case (.whitespaceSplit, .pairs(let pairs)):
      if let suffix = pairs.endOfWordSuffix {
        decoder = .object([
          .init("type", .string("BPEDecoder")), .init("suffix", .string(suffix)),
        ])
      }
    case (.whitespaceSplit, .words): break
    }
  }
}
