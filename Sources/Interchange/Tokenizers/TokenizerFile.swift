/// What a `tokenizer.json` says: the file of Hugging Face's tokenizers library, as far as models of
/// byte-pair encoding and of whole words go.
///
/// Ids are 0 ..< `vocabulary.count`, added tokens included; some may have no spelling. What decides how
/// a text becomes ids and is not supported is refused at reading, never left out in silence.
package struct TokenizerFile: Sendable, Equatable {
  package enum Model: Sendable, Equatable {
    case pairs(PairModel)
    /// Whole words; the name of the one for all others.
    case words(unknown: String)
  }

  /// `"type": "BPE"`.
  package struct PairModel: Sendable, Equatable {
    /// Two ids whose pieces, put together, are a third; in the order of application.
    package var merges: [SIMD2<Int32>]
    package var unknown: String?
    package var endOfWordSuffix: String?
    package var fusesUnknown = false

    package init(merges: [SIMD2<Int32>]) { self.merges = merges }
  }

  package enum PreTokenizer: Sendable, Equatable {
    /// Words with the space before them, in bytes; the splitting expression is GPT-2's.
    case byteLevel(addsPrefixSpace: Bool, trimsOffsets: Bool = true)
    /// What stands between white space.
    case whitespaceSplit
  }

  /// A token that is found in a text before it is cut into words.
  package struct AddedToken: Sendable, Equatable {
    package var id: Int32
    /// Left out of decoded text.
    package var isSpecial: Bool
    /// `"normalized"`: found only where no token is that lacks this, as there is no normaliser.
    package var isNormalized: Bool
    /// Not found beside a letter, a digit or an underscore.
    package var isSingleWord = false
    /// Takes the white space before it.
    package var stripsLeft = false
    /// Takes the white space behind it.
    package var stripsRight = false
    /// The model's vocabulary holds it too.
    package var isInModel: Bool

    package init(id: Int32, isSpecial: Bool, isNormalized: Bool = false, isInModel: Bool = true) {
      self.id = id
      self.isSpecial = isSpecial
      self.isNormalized = isNormalized
      self.isInModel = isInModel
    }
  }

  package var model: Model
  /// The spelling of each id; empty for one that no token has.
  package var vocabulary: [String]
  package var addedTokens: [AddedToken] = []
  package var preTokenizer: PreTokenizer
  /// How ids become text. Read only if it is what the model and the pre-tokeniser ask for.
  package var decoder = JSONValue.null
  /// Adds tokens at a text's ends; kept for writing, otherwise left to whoever uses the ids.
  package var postProcessor = JSONValue.null
  /// Kept for writing, without effect here.
  package var truncation = JSONValue.null
  /// Kept for writing, without effect here.
  package var padding = JSONValue.null

  package init(model: Model, vocabulary: [String], preTokenizer: PreTokenizer) {
    self.model = model
    self.vocabulary = vocabulary
    self.preTokenizer = preTokenizer
    switch (preTokenizer, model) {
    case (.byteLevel, _):
      decoder = [
        "type": .string("ByteLevel"), "add_prefix_space": .boolean(true),
        "trim_offsets": .boolean(true), "use_regex": .boolean(true),
      ]
    case (.whitespaceSplit, .pairs(let pairs)):
      if let suffix = pairs.endOfWordSuffix {
        decoder = ["type": .string("BPEDecoder"), "suffix": .string(suffix)]
      }
    case (.whitespaceSplit, .words): break
    }
  }
}
