import Compute

/// Words as bags of letter trigrams: "cat" is `#ca`, `cat`, `at#`.
///
/// Some ten thousand trigrams spell any number of words, and an unseen word shares most of its own
/// with seen ones. A trigram that was never seen gets the one slot for the rest, `<unk>`.
/// Source: Huang, He, Gao, Deng, Acero & Heck, "Learning Deep Structured Semantic Models for Web
/// Search using Clickthrough Data" (2013), section 3.2, word hashing.
package struct LetterTrigrams: Sendable, Equatable {
  /// The trigrams, as words of three letters.
  package let vocabulary: Vocabulary

  /// The trigrams of `words`. Throws a usage `UserError` for limits that make no sense.
  package init(words: some Sequence<String>, limits: VocabularyLimits = .none) throws {
    vocabulary = try .of(
      words.lazy.map { Self.trigrams(of: $0).joined(separator: " ") }, kind: .word, limits: limits)
  }

  /// The trigrams of a vocabulary that was saved; it must be one of words.
  package init(_ vocabulary: Vocabulary) {
    precondition(vocabulary.kind == .word, "trigrams from \(vocabulary.kind.rawValue) tokens")
    self.vocabulary = vocabulary
  }

  /// The number of slots, `<unk>` included.
  package var count: Int { vocabulary.count }

  /// The trigrams of a word between two marks `#`, in order, as often as they occur: as many as it
  /// has letters (Unicode scalars). White space in it does not count.
  package static func trigrams(of word: String) -> [String] {
    let letters =
      ["#"] + word.unicodeScalars.filter { !$0.properties.isWhitespace } + ["#"]
    return letters.indices.dropLast(2).map { start in
      var trigram = String.UnicodeScalarView()
      trigram.append(contentsOf: letters[start...start + 2])
      return String(trigram)
    }
  }

  /// The ids of a word's trigrams, as often as they occur. Empty for an empty word.
  package func ids(of word: String) -> [Int32] {
    Self.trigrams(of: word).compactMap { vocabulary.id(of: $0) }
  }
}
