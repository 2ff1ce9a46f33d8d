import Compute
import Corpora
import Foundation
import Runs

/// What the tokens of one side are, source or target.
package enum TranslationTokens: Sendable, Equatable {
  /// Words of either kind, or characters.
  case vocabulary(Vocabulary, Kind)
  case subwords(SubwordTokenizer)

  /// The names of `data.source_tokens` and `data.target_tokens`.
  package enum Kind: String, CaseIterable, Sendable {
    /// Words and punctuation marks as `SentenceWords` cuts them and puts them together.
    case word
    /// What blanks part, of texts whose words and marks stand apart already.
    case blank
    case char
    case bpe

    package static var names: [String] { allCases.map(\.rawValue) }
    var isOfWords: Bool { self == .word || self == .blank }
  }

  /// Collects the tokens of training texts.
  ///
  /// - Parameters:
  ///   - limits: `size` is that of a subword vocabulary too.
  ///   - threads: that share the work; the tokens do not depend on it.
  ///   - read: what a text is read as.
  package static func of(
    _ texts: some Sequence<String>, kind: Kind, limits: VocabularyLimits, threads: Int = 1,
    read: @escaping (String) -> String = { $0 }
  ) throws -> TranslationTokens {
    switch kind {
    case .word, .blank:
      .vocabulary(
        try Vocabulary.of(texts, kind: .word, limits: limits, threads: threads) {
          spaced(read($0), kind)
        }, kind)
    case .char:
      .vocabulary(
        try Vocabulary.of(
          texts, kind: .character, limits: limits, threads: threads, prepare: read), kind)
    case .bpe: .subwords(try .learnt(from: texts.lazy.map(read), size: limits.size))
    }
  }

  /// A text with blanks between its words, which a vocabulary divides.
  private static func spaced(_ text: String, _ kind: Kind) -> String {
    kind == .word ? SentenceWords.spaced(text) : text.words.joined(separator: " ")
  }

  package var kind: Kind {
    switch self {
    case .vocabulary(_, let kind): kind
    case .subwords: .bpe
    }
  }

  package var count: Int {
    switch self {
    case .vocabulary(let vocabulary, _): vocabulary.count
    case .subwords(let tokenizer): tokenizer.count
    }
  }

  /// What a token is, in a word.
  var kindText: String {
    switch self {
    case .vocabulary(let vocabulary, _): vocabulary.kind.rawValue
    case .subwords: "subword"
    }
  }

  /// The spelling of each id.
  var spellings: [String] {
    switch self {
    case .vocabulary(let vocabulary, _): vocabulary.tokens
    case .subwords(let tokenizer): tokenizer.parts.pieces
    }
  }

  /// In words: `8000 words`.
  var summary: String {
    switch kind {
    case .word: "\(count) words"
    case .blank: "\(count) words between blanks"
    case .char: "\(count) characters"
    case .bpe: "\(count) subwords"
    }
  }

  /// How many times longer a text may be in these tokens than in words.
  var tokensPerWord: Int {
    switch kind {
    case .word, .blank: 1
    case .char: 8
    case .bpe: 2
    }
  }

  /// The id that stands for words outside the vocabulary, where tokens are words.
  var unknownWord: Int32? {
    if case .vocabulary(let vocabulary, let kind) = self, kind.isOfWords {
      vocabulary.unknownID
    } else {
      nil
    }
  }

  /// The ids of a text. Throws a `UserError` for what the vocabulary cannot spell.
  package func encode(_ text: String) throws -> [Int32] {
    switch self {
    case .vocabulary(let vocabulary, let kind):
      try vocabulary.encode(kind.isOfWords ? Self.spaced(text, kind) : text)
    case .subwords(let tokenizer): tokenizer.encode(text)
    }
  }

  /// The words of a text, where tokens are words: one an id.
  func words(of text: String) -> [String] {
    kind == .word ? SentenceWords.words(of: text) : text.words
  }

  /// The text of some ids.
  ///
  /// - Parameter replacement: the word that stands in the place of the unknown one there; nil for `<unk>`.
  package func decode(
    _ ids: [Int32], replacing replacement: (Int) -> String? = { _ in nil }
  ) -> String {
    switch self {
    case .vocabulary(let vocabulary, let kind):
      let tokens = ids.enumerated().map { place, id in
        (id == unknownWord ? replacement(place) : nil) ?? vocabulary.tokens[Int(id)]
      }
      return switch kind {
      case .word: SentenceWords.sentence(of: tokens)
      case .blank: tokens.joined(separator: " ")
      default: tokens.joined()
      }
    case .subwords(let tokenizer):
      return tokenizer.decode(ids).trimmingCharacters(in: .whitespaces)
    }
  }

  /// How a token is shown on its own.
  func spelling(_ id: Int32) -> String {
    switch self {
    case .vocabulary(let vocabulary, _):
      vocabulary.tokens[Int(id)] == " " ? "␣" : vocabulary.tokens[Int(id)]
    case .subwords(let tokenizer):
      tokenizer.decode([id]).replacing(" ", with: "␣")
    }
  }

  // MARK: Files

  /// Their file in the run folder, as those of `side`.
  func artifact(of side: String) -> Artifact {
    let change = "its tokens are others"
    return switch self {
    case .vocabulary(let vocabulary, _):
      Artifact(
        "\(RunFolder.furtherVocabularyPrefix)\(side).json", vocabulary, change: change)
    case .subwords(let tokenizer):
      Artifact("\(RunFolder.tokenizerPrefix)\(side).json", tokenizer, change: change)
    }
  }

  /// Reads that file. Throws a `UserError` that names it.
  init(_ kind: Kind, of side: String, in folder: RunFolder) throws {
    self =
      kind == .bpe
      ? .subwords(try SubwordTokenizer(contentsOf: folder.tokenizer(of: side)))
      : .vocabulary(try Vocabulary(contentsOf: folder.vocabulary(of: side)), kind)
  }
}
