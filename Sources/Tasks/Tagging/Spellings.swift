import Corpora

/// The words of sentences as characters, each different one once.
struct Spellings {
  private(set) var characters = IDSequences()
  /// For each token of the sentences one of `characters`.
  private(set) var ids = IDSequences()
  private let texts: NumberedTexts
  /// Of each text one of `characters`; -1: it was no word yet.
  private var known: [Int32]

  /// - Parameter texts: which the words are among.
  init(_ texts: NumberedTexts) {
    self.texts = texts
    known = texts.map { _ in -1 }
  }

  /// Adds a sentence by the numbers of its words. Throws a `UserError` where the disk has no room.
  mutating func append(_ words: [Int32], _ vocabulary: Vocabulary) throws {
    for word in words where known[Int(word)] < 0 {
      known[Int(word)] = Int32(characters.count)
      try characters.append(texts[word].unicodeScalars.map { vocabulary.known(String($0)) })
    }
    try ids.append(words.map { known[Int($0)] })
  }
}
