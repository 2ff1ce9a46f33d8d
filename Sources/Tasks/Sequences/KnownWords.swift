import Autodiff
import Compute
import Corpora
import Foundation
import Runs

/// The tokens that a model knows: a vocabulary that it was trained with and, behind it, words that
/// only a file of vectors knows.
struct KnownWords: Sendable {
  let vocabulary: Vocabulary
  let further: FurtherVectors?

  init(_ vocabulary: Vocabulary, _ further: FurtherVectors? = nil) {
    self.vocabulary = vocabulary
    self.further = further
  }

  /// The id of a token: below the vocabulary's `count`, or in the rows behind; that of `<unk>` for one
  /// that nobody knows.
  func id(of token: String) -> Int32 {
    let id = vocabulary.known(token)
    guard id == vocabulary.unknownID, let row = further?.row(of: token) else { return id }
    return Int32(vocabulary.count + row)
  }

  /// The ids of a text. Throws as `Vocabulary.encode`.
  func encode(_ text: String) throws -> [Int32] {
    guard further != nil else { return try vocabulary.encode(text) }
    switch vocabulary.kind {
    case .byte, .subword: return try vocabulary.encode(text)
    case .character: return text.unicodeScalars.map { id(of: String($0)) }
    case .word:
      let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      let ends = vocabulary.endOfSentenceID.map { [$0] } ?? []
      return Array(lines.map { String(Substring($0)).words.map(id) }.joined(separator: ends))
    }
  }

  /// An id as training reads it: only what the vocabulary holds is trained.
  func trained(_ id: Int32) -> Int32 {
    id < vocabulary.count ? id : vocabulary.unknownID ?? 0
  }
}

/// The vectors that words begin with, as the options of a task name them.
struct OutsideVectors {
  /// Those of the vocabulary, and how many words have one.
  private let vectors: WordVectors
  private let vocabulary: Vocabulary
  let further: FurtherVectors?

  /// Nil if no file is named.
  ///
  /// - Parameter canBeAsked: whether a word may be looked up as it stands in the file.
  init?(
    _ settings: WordVectorSettings, _ vocabulary: Vocabulary, dimension: Int,
    canBeAsked: (String) -> Bool
  ) throws {
    guard let url = URL(named: settings.embeddings) else { return nil }
    self.vocabulary = vocabulary
    let keepsAll = settings.keepsAll
    vectors = try Activity.run("reading the vectors of") { _ in
      try WordVectors.read(
        url, for: vocabulary, dimension: dimension, fallsBackToLowercase: true,
        keeping: { keepsAll && canBeAsked($0) })
    }
    further = keepsAll ? FurtherVectors(vectors) : nil
  }

  /// Writes those of the vocabulary to `table`, whose rows are its tokens.
  func begin(_ table: Parameter<Float>) {
    let columns = table.columns
    for (place, id) in vectors.ids.enumerated() {
      for column in 0..<columns {
        table.value[Int(id) * columns + column] = vectors.values[place * columns + column]
      }
    }
  }

  /// `vectors for 812 of 1034 words (78.5 %) and 399188 others`
  var summary: String {
    let (found, count) = (vectors.ids.count, vocabulary.count)
    return "vectors for \(found) of \(count) words"
      + String(format: " (%.1f %%)", 100 * Double(found) / Double(count))
      + (further.map { " and \($0.words.count - found) others" } ?? "")
  }
}

extension String {
  /// What ASCII white space separates, as in vocabularies of words.
  var words: [String] {
    utf8.split { $0 == 0x20 || $0 &- 9 < 5 }.map { String(decoding: $0, as: UTF8.self) }
  }
}
