import Compute
import Corpora
import Foundation
import Runs

/// What the tokens of one side are, source or target.
package enum TranslationTokens: Sendable, Equatable {
  /// Words and punctuation as `SentenceWords` cuts them, or characters.
  case vocabulary(Vocabulary)
  case subwords(SubwordTokenizer)

  /// The names of `data.source_tokens` and `data.target_tokens`.
  package enum Kind: String, CaseIterable {
    case word, char, bpe

    package static var names: [String] { allCases.map(\.rawValue) }
  }

  /// Collects the tokens of training texts.
  ///
  /// - Parameter limits: `size` is that of a subword vocabulary too.
  static func of(
    _ texts: some Collection<String>, kind: Kind, limits: VocabularyLimits
  ) throws -> TranslationTokens {
    switch kind {
    case .word:
      return .vocabulary(
        try Vocabulary.of(texts.lazy.map(separated), kind: .word, limits: limits))
    case .char: return .vocabulary(try Vocabulary.of(texts, kind: .character, limits: limits))
    case .bpe:
      var trainer = try SubwordTrainer(
        SubwordTrainer.Configuration(
          vocabularySize: limits.size ?? subwordCount,
          splitting: .byteLevel(addsPrefixSpace: true)))
      for text in texts { trainer.add(text) }
      return .subwords(try trainer.train())
    }
  }

  /// Subwords where no size is asked for.
  private static let subwordCount = 8000

  private static func separated(_ text: String) -> String {
    SentenceWords.words(of: text).joined(separator: " ")
  }

  package var count: Int {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.count
    case .subwords(let tokenizer): tokenizer.count
    }
  }

  /// What a token is, in a word.
  var kindText: String {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.kind.rawValue
    case .subwords: "subword"
    }
  }

  /// The spelling of each id.
  var spellings: [String] {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.tokens
    case .subwords(let tokenizer): tokenizer.parts.pieces
    }
  }

  /// In words: `8000 words`.
  var summary: String {
    switch self {
    case .vocabulary(let vocabulary):
      "\(count) \(vocabulary.kind == .word ? "words" : "characters")"
    case .subwords: "\(count) subwords"
    }
  }

  /// How many times longer a text may be in these tokens than in words.
  var tokensPerWord: Int {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.kind == .word ? 1 : 8
    case .subwords: 2
    }
  }

  /// The ids of a text. Throws a `UserError` for what the vocabulary cannot spell.
  func encode(_ text: String) throws -> [Int32] {
    switch self {
    case .vocabulary(let vocabulary):
      try vocabulary.encode(vocabulary.kind == .word ? Self.separated(text) : text)
    case .subwords(let tokenizer): tokenizer.encode(text)
    }
  }

  /// The text of some ids.
  func decode(_ ids: [Int32]) -> String {
    switch self {
    case .vocabulary(let vocabulary) where vocabulary.kind == .word:
      SentenceWords.sentence(of: ids.map { vocabulary.tokens[Int($0)] })
    case .vocabulary(let vocabulary): ids.map { vocabulary.tokens[Int($0)] }.joined()
    case .subwords(let tokenizer):
      tokenizer.decode(ids).trimmingCharacters(in: .whitespaces)
    }
  }

  /// How a token is shown on its own.
  func spelling(_ id: Int32) -> String {
    switch self {
    case .vocabulary(let vocabulary):
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
    case .vocabulary(let vocabulary):
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
      : .vocabulary(try Vocabulary(contentsOf: folder.vocabulary(of: side)))
  }
}
