import Compute

/// Bounds on a vocabulary that is built from a corpus.
package struct VocabularyLimits: Sendable, Equatable {
  /// The most tokens, `<unk>` and `<eos>` included; the most frequent stay. Nil: no bound.
  package var size: Int?
  /// The occurrences a token needs to be in the vocabulary. 1: all stay.
  package var minimumCount: Int
  /// Whether there is one slot, `<unk>`, for all other tokens although nothing is left out. Words
  /// always have it, bytes never.
  package var hasUnknown: Bool

  package init(size: Int? = nil, minimumCount: Int = 1, hasUnknown: Bool = false) {
    self.size = size
    self.minimumCount = minimumCount
    self.hasUnknown = hasUnknown
  }

  /// - Parameter size: 0: no bound.
  package init(keeping size: Int, minimumCount: Int, hasUnknown: Bool = false) {
    self.init(
      size: size > 0 ? size : nil, minimumCount: minimumCount, hasUnknown: hasUnknown)
  }

  /// Nothing is left out.
  package static let none = VocabularyLimits()

  /// Throws a usage `UserError` if no vocabulary can satisfy the limits.
  func check(_ kind: TokenKind) throws {
    let smallest = kind == .word ? 3 : 2
    if let size, size < smallest {
      throw UserError.usage(
        "--vocab-size \(size) is too small: expected at least \(smallest), "
          + "\(kind == .word ? "<unk> and <eos>" : "<unk>") included")
    }
    if minimumCount < 1 {
      throw UserError.usage("--min-count \(minimumCount) is too small: expected at least 1")
    }
    if kind == .byte, size != nil || minimumCount != 1 {
      throw UserError.usage(
        "--vocab-size and --min-count do not apply to bytes: their vocabulary is always 256",
        hint: "drop them, or use --tokens char")
    }
  }
}

/// Counts the tokens of a corpus and makes its vocabulary.
///
/// Memory: 9 MB for characters; for words, the distinct words and some 30 bytes for each.
struct VocabularyCounter {
  private let kind: TokenKind
  private var words = WordTable()
  private var wordCounts: [Int] = []
  private var lineFeeds = 0
  private var scalarCounts: [Int]

  init(_ kind: TokenKind) {
    self.kind = kind
    scalarCounts = [Int](repeating: 0, count: kind == .character ? 0x11_0000 : 0)
  }

  /// Counts the tokens of one block of text.
  mutating func count(_ block: TextReader.Block) {
    switch kind {
    case .byte: break
    case .character: block.isASCII ? countASCII(block) : countScalars(block)
    case .word: countWords(block)
    }
  }

  /// Counts one `<eos>`: a last line without a line feed.
  mutating func countEndOfSentence() { lineFeeds += 1 }

  private mutating func countASCII(_ block: TextReader.Block) {
    // Four tables in turn: a repeated character does not wait for its own last increment.
    var tables = [Int32](repeating: 0, count: 4 * 128)
    tables.withUnsafeMutableBufferPointer { tables in
      let (start, count) = (block.start, block.bytes.count)
      var position = 0
      while position + 4 <= count {
        tables[Int(start[position])] &+= 1
        tables[128 + Int(start[position + 1])] &+= 1
        tables[256 + Int(start[position + 2])] &+= 1
        tables[384 + Int(start[position + 3])] &+= 1
        position += 4
      }
      while position < count {
        tables[Int(start[position])] &+= 1
        position += 1
      }
    }
    for (index, count) in tables.enumerated() { scalarCounts[index & 127] += Int(count) }
  }

  private mutating func countScalars(_ block: TextReader.Block) {
    scalarCounts.withUnsafeMutableBufferPointer { counts in
      var cursor = block.start
      let end = cursor + block.bytes.count
      while cursor < end {
        let (scalar, length) = decodeScalar(cursor)
        counts[Int(scalar)] &+= 1
        cursor += length
      }
    }
  }

  private mutating func countWords(_ block: TextReader.Block) {
    WordScanner.scan(
      block.start, count: block.bytes.count,
      word: { word, length, prefix in
        let index = words.insert(word, length: length, prefix: prefix)
        if index == wordCounts.count { wordCounts.append(0) }
        wordCounts[index] &+= 1
      },
      lineFeed: { lineFeeds += 1 })
  }

  /// The vocabulary of everything counted, within `limits`. Characters have `<unk>` if there is any.
  func vocabulary(_ limits: VocabularyLimits) -> Vocabulary {
    switch kind {
    case .byte: .bytes
    case .character: characterVocabulary(limits)
    case .word: wordVocabulary(limits)
    }
  }

  private func characterVocabulary(_ limits: VocabularyLimits) -> Vocabulary {
    var kept = scalarCounts.indices.filter { scalarCounts[$0] >= limits.minimumCount }
    if let size = limits.size, kept.count > size - 1 {
      kept.sort { (scalarCounts[$1], $0) < (scalarCounts[$0], $1) }
      kept.removeLast(kept.count - (size - 1))
      kept.sort()
    }
    return .characters(
      kept.compactMap { Unicode.Scalar(UInt32($0)) }, hasUnknown: limits != .none)
  }

  private func wordVocabulary(_ limits: VocabularyLimits) -> Vocabulary {
    typealias Entry = (word: String, count: Int)
    let precedes = { (a: Entry, b: Entry) in
      a.count != b.count ? a.count > b.count : a.word.utf8.lexicographicallyPrecedes(b.word.utf8)
    }
    var (kept, dropped): ([Entry], Int) = ([], 0)
    var (unknowns, endsOfSentence) = (0, lineFeeds)
    for (index, count) in wordCounts.enumerated() {
      let word = String(decoding: words.bytes(index), as: UTF8.self)
      if word == Vocabulary.unknownSpelling {
        unknowns += count
      } else if word == Vocabulary.endOfSentenceSpelling {
        endsOfSentence += count
      } else if count >= limits.minimumCount {
        kept.append((word, count))
      } else {
        dropped += count
      }
    }
    kept.sort(by: precedes)
    if let size = limits.size, kept.count > size - 2 {
      dropped += kept[(size - 2)...].reduce(0) { $0 + $1.count }
      kept.removeLast(kept.count - (size - 2))
    }
    kept.append((Vocabulary.unknownSpelling, unknowns + dropped))
    kept.append((Vocabulary.endOfSentenceSpelling, endsOfSentence))
    kept.sort(by: precedes)
    guard let vocabulary = Vocabulary.words(kept.map(\.word)) else {
      preconditionFailure("counted words are distinct and the specials were added")
    }
    return vocabulary
  }
}
