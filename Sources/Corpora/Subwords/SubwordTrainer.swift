import Compute
import Foundation

/// Learns a subword vocabulary: counts the words of texts, then merges the most frequent pair of
/// adjacent pieces again and again.
///
/// Vocabulary, merges and ids equal those of Hugging Face's `BpeTrainer`, given the same lines: of
/// pairs that are equally frequent the one with the smaller ids comes first. Only with an end-of-word
/// suffix the two may differ: there the library numbers the last characters of words in the order of
/// a hash table, this one in the order in which the words were first seen.
package struct SubwordTrainer: Sendable {
  package struct Configuration: Sendable {
    /// Pieces in all, specials and characters included.
    package var vocabularySize: Int
    /// Pairs that are rarer are not merged.
    package var minimumCount = 2
    /// The first ids, not found in the training text: `<pad>`, `<s>`.
    package var specials: [String] = []
    package var splitting: WordSplitting
    /// The special that stands for characters never seen; bytes need none.
    package var unknown: String?
    /// Only for `whitespace`: marks the last piece of a word, `</w>`.
    package var endOfWordSuffix: String?

    package init(vocabularySize: Int, splitting: WordSplitting = .byteLevel(addsPrefixSpace: false))
    {
      self.vocabularySize = vocabularySize
      self.splitting = splitting
    }
  }

  package let configuration: Configuration
  private var words = WordTable()
  private var counts: [Int] = []

  /// Throws a usage `UserError` for a special that is empty or there twice, an unknown piece that is
  /// no special, and an empty suffix or a suffix of bytes.
  package init(_ configuration: Configuration) throws {
    self.configuration = configuration
    let specials = configuration.specials.map { Array($0.utf8) }
    guard !specials.contains([]), Set(specials).count == specials.count else {
      throw UserError.usage("a special piece is empty or there twice: \(configuration.specials)")
    }
    if let unknown = configuration.unknown, !specials.contains(Array(unknown.utf8)) {
      throw UserError.usage(
        "the piece '\(unknown)' for unknown characters is none of the specials",
        hint: "name it among the specials, which get the first ids")
    }
    if let suffix = configuration.endOfWordSuffix {
      guard case .whitespace = configuration.splitting, !suffix.isEmpty else {
        throw UserError.usage(
          "the end-of-word suffix '\(suffix)': expected one only with words split at white space",
          hint: "pieces of bytes hold their spaces themselves")
      }
    }
  }

  /// Learns from words that were counted.
  init(_ configuration: Configuration, words: WordTable, counts: [Int]) throws {
    try self.init(configuration)
    (self.words, self.counts) = (words, counts)
  }

  /// The number of different words so far.
  package var wordCount: Int { words.count }

  /// Counts the words of a text.
  package mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add($0) }
  }

  /// Counts the words of a file, line by line; a line feed belongs to its line.
  ///
  /// Throws a `UserError` if the file cannot be read, is empty or holds no text.
  package mutating func add(contentsOf url: URL) throws {
    let reader = try TextReader(url, kind: .word)
    var carried: [UInt8] = []
    while let block = try reader.next() {
      var rest = block.bytes
      while let end = rest.firstIndex(of: 0x0A) {
        let line = UnsafeBufferPointer(rebasing: rest[...end])
        if carried.isEmpty {
          add(line)
        } else {
          carried += line
          carried.withUnsafeBufferPointer { add($0) }
          carried.removeAll(keepingCapacity: true)
        }
        rest = UnsafeBufferPointer(rebasing: rest[(end + 1)...])
      }
      carried += rest
    }
    carried.withUnsafeBufferPointer { add($0) }
  }

  private mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
    if case .byteLevel(addsPrefixSpace: true) = configuration.splitting, text.first != 0x20,
      !text.isEmpty
    {
      return ([0x20] + text).withUnsafeBufferPointer { count($0) }
    }
    count(text)
  }

  private mutating func count(_ text: UnsafeBufferPointer<UInt8>) {
    configuration.splitting.scan(text) { range in
      guard let start = text.baseAddress else { return }
      let word = words.insert(
        start + range.lowerBound, length: range.count,
        prefix: WordScanner.prefix(start + range.lowerBound, range.count))
      if word == counts.count { counts.append(0) }
      counts[word] += 1
    }
  }

  /// Learns the vocabulary of what was added.
  ///
  /// Throws a usage `UserError` if specials and characters alone exceed the vocabulary's size.
  /// Cost: about a second for 40,000 different words (10 MB of text) and 8,000 pieces.
  package func train() throws -> SubwordTokenizer {
    var table = WordTable()
    for special in configuration.specials { _ = table.insert(Array(special.utf8)) }
    let spelt = addCharacters(to: &table)
    guard table.count <= configuration.vocabularySize else {
      throw UserError.usage(
        "a vocabulary of \(configuration.vocabularySize) pieces: specials and characters alone are "
          + "\(table.count)",
        hint: "ask for more pieces")
    }
    let learning = Activity(
      "learning", total: configuration.vocabularySize - table.count, unit: .items("subwords"))
    defer { learning.end() }
    var learner = PairLearner(words: spelt, counts: counts)
    while table.count < configuration.vocabularySize,
      let merge = learner.mostFrequent(atLeast: configuration.minimumCount)
    {
      let result = table.insert(
        Array(table.bytes(Int(merge.left))) + Array(table.bytes(Int(merge.right))))
      learner.apply(merge, result: Int32(result))
      learning.advance()
    }
    var parts = SubwordTokenizer.Parts(
      pieces: (0..<table.count).map { String(decoding: table.bytes($0), as: UTF8.self) },
      merges: learner.merges, splitting: configuration.splitting)
    parts.added = configuration.specials.indices.map { .init(id: Int32($0), isSpecial: true) }
    parts.endOfWordSuffix = configuration.endOfWordSuffix
    parts.unknownID = configuration.unknown.flatMap {
      table.index(of: Array($0.utf8)).map { Int32($0) }
    }
    return try SubwordTokenizer(parts)
  }

  /// Gives every character an id, by code point, and spells the words in them.
  private func addCharacters(to table: inout WordTable) -> [[Int32]] {
    guard case .whitespace = configuration.splitting else {
      for character in ByteAlphabet.characters.sorted(by: { $0.value < $1.value }) {
        _ = table.insert(Array(String(character).utf8))
      }
      let ids = ByteAlphabet.characters.map { character in
        table.index(of: Array(String(character).utf8)).map { Int32($0) } ?? 0
      }
      return (0..<words.count).map { words.bytes($0).map { ids[Int($0)] } }
    }
    let texts = (0..<words.count).map { String(decoding: words.bytes($0), as: UTF8.self) }
    for scalar in Set(texts.lazy.flatMap(\.unicodeScalars)).sorted(by: { $0.value < $1.value }) {
      _ = table.insert(Array(String(scalar).utf8))
    }
    return texts.map { text in
      var spellings = text.unicodeScalars.map { Array(String($0).utf8) }
      if let suffix = configuration.endOfWordSuffix, let last = spellings.popLast() {
        spellings.append(last + Array(suffix.utf8))
      }
      return spellings.map { Int32(table.insert($0)) }
    }
  }
}
