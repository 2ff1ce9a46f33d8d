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
    let (smallest, included) =
      switch kind {
      case .word: (3, "<unk> and <eos>")
      case .subword: (257, "256 bytes")
      case .character, .byte: (2, "<unk>")
      }
    if let size, size < smallest {
      throw UserError.usage(
        "--vocab-size \(size) is too small: expected at least \(smallest), \(included) included")
    }
    if let size, size > Int(Int32.max) {
      throw UserError.usage(
        "--vocab-size \(size) is too large: ids have 31 bits, expected at most \(Int32.max)")
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
/// Memory: 9 MB for characters; for words, the distinct words and some 45 bytes for each. Of subwords the
/// words are counted that they are pieces of, and remembered in some 300 bytes while they are learnt.
///
/// Of more than `mostWords` distinct words the rarest are forgotten, so that memory is bounded whatever
/// the corpus: those that were seen at most r times so far, with the least r that leaves half of
/// `mostWords` or fewer. A word that stays, or comes again, may then be counted less often than it
/// stands in the text, by at most the sum of all r; it is told how many were forgotten. Where that
/// happens follows from the text alone, if counts are merged in the order of the text.
struct VocabularyCounter {
  /// 0.6 GB, of a vocabulary of half as many words.
  static let mostWords = 10_000_000
  /// Of subwords, 0.6 GB too.
  private static let mostDividedWords = 2_000_000
  /// Subwords where no size is asked for.
  private static let subwordCount = 8000

  private let kind: TokenKind
  let mostWords: Int
  private var words = WordTable()
  private var wordCounts: [Int] = []
  private var lineFeeds = 0
  private var scalarCounts: [Int]
  /// What `mostWords` has cost.
  private(set) var forgotten = Forgotten()

  /// Words that were seen and are not counted any more.
  struct Forgotten: Equatable {
    var words = 0
    var occurrences = 0
    /// No word is counted less often than it occurs by more than this.
    var largestError = 0
  }

  init(_ kind: TokenKind, mostWords: Int = mostWords) {
    self.kind = kind
    self.mostWords = kind == .subword ? min(mostWords, Self.mostDividedWords) : mostWords
    scalarCounts = [Int](repeating: 0, count: kind == .character ? 0x11_0000 : 0)
  }

  /// The tokens counted so far.
  var tokenCount: Int {
    forgotten.occurrences + wordCounts.reduce(lineFeeds, +) + scalarCounts.reduce(0, +)
  }

  /// The line feeds counted so far.
  var lineCount: Int { kind == .word ? lineFeeds : kind == .character ? scalarCounts[0x0A] : 0 }

  /// Takes over what another one of the same kind has counted.
  mutating func merge(_ other: VocabularyCounter) {
    for (scalar, count) in other.scalarCounts.enumerated() where count > 0 {
      scalarCounts[scalar] += count
    }
    lineFeeds += other.lineFeeds
    other.words.forEach { index, word, length, prefix in
      let place = words.insert(word, length: length, prefix: prefix)
      if place == wordCounts.count { wordCounts.append(0) }
      wordCounts[place] &+= other.wordCounts[index]
    }
    if words.count > mostWords { forgetRareWords() }
  }

  /// Forgets everything, and keeps the memory.
  mutating func removeAll() {
    words.removeAll()
    wordCounts.removeAll(keepingCapacity: true)
    lineFeeds = 0
    for index in scalarCounts.indices { scalarCounts[index] = 0 }
  }

  private mutating func forgetRareWords() {
    var frequency: [Int: Int] = [:]
    for count in wordCounts { frequency[count, default: 0] += 1 }
    var (left, border) = (words.count, 0)
    for (count, words) in frequency.sorted(by: { $0.key < $1.key }) where left > mostWords / 2 {
      left -= words
      border = count
    }
    var (kept, counts) = (WordTable(), [Int]())
    words.forEach { index, word, length, prefix in
      let count = wordCounts[index]
      guard count > border else {
        forgotten.words += 1
        forgotten.occurrences += count
        return
      }
      _ = kept.insert(word, length: length, prefix: prefix)
      counts.append(count)
    }
    forgotten.largestError += border
    (words, wordCounts) = (kept, counts)
  }

  /// Counts the tokens of one block of text, which stands there so many times.
  mutating func count(_ block: TextReader.Block, times: Int = 1) {
    switch kind {
    case .byte: break
    case .character:
      block.isASCII && times == 1 ? countASCII(block) : countScalars(block, times)
    case .word: countWords(block, times)
    case .subword: countDividedWords(block, times)
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

  private mutating func countScalars(_ block: TextReader.Block, _ times: Int) {
    scalarCounts.withUnsafeMutableBufferPointer { counts in
      var cursor = block.start
      let end = cursor + block.bytes.count
      while cursor < end {
        let (scalar, length) = decodeScalar(cursor)
        counts[Int(scalar)] &+= times
        cursor += length
      }
    }
  }

  private mutating func countWords(_ block: TextReader.Block, _ times: Int) {
    WordScanner.scan(
      block.start, count: block.bytes.count,
      word: { word, length, prefix in
        let index = words.insert(word, length: length, prefix: prefix)
        if index == wordCounts.count { wordCounts.append(0) }
        wordCounts[index] &+= times
      },
      lineFeed: { lineFeeds += times })
  }

  /// A line with its line feed at a time.
  private mutating func countDividedWords(_ block: TextReader.Block, _ times: Int) {
    var start = 0
    while start < block.bytes.count {
      let rest = UnsafeBufferPointer(rebasing: block.bytes[start...])
      let lineFeed = rest.firstIndex(of: 0x0A)
      let line = UnsafeBufferPointer(rebasing: rest[..<(lineFeed.map { $0 + 1 } ?? rest.count)])
      Self.splitting.scan(line) { range in
        let word = block.start + start + range.lowerBound
        let index = words.insert(
          word, length: range.count, prefix: WordScanner.prefix(word, range.count))
        if index == wordCounts.count { wordCounts.append(0) }
        wordCounts[index] &+= times
      }
      start += line.count
    }
  }

  /// Of subwords that are learnt: white space is spelt as it is, and every text comes back.
  private static let splitting = WordSplitting.byteLevel(addsPrefixSpace: false)

  /// The vocabulary of everything counted, within `limits`. Characters have `<unk>` if there is any.
  ///
  /// Throws a usage `UserError` for subwords fewer than bytes.
  func vocabulary(_ limits: VocabularyLimits) throws -> Vocabulary {
    switch kind {
    case .byte: .bytes
    case .character: characterVocabulary(limits)
    case .word: .ofCounted(sortedWords(limits))
    case .subword: try .subwords(learntSubwords(limits))
    }
  }

  private func learntSubwords(_ limits: VocabularyLimits) throws -> SubwordTokenizer {
    var configuration = SubwordTrainer.Configuration(
      vocabularySize: limits.size ?? Self.subwordCount, splitting: Self.splitting)
    configuration.minimumCount = max(configuration.minimumCount, limits.minimumCount)
    return try SubwordTrainer(configuration, words: words, counts: wordCounts).train()
  }

  /// The same, and everything counted is given up: two tables of millions of words would not fit.
  mutating func takeVocabulary(_ limits: VocabularyLimits) throws -> Vocabulary {
    guard kind == .word else { return try vocabulary(limits) }
    let kept = sortedWords(limits)
    self = VocabularyCounter(kind)
    return .ofCounted(kept)
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

  /// The words within `limits`, with the specials.
  private func sortedWords(_ limits: VocabularyLimits) -> [String] {
    let specials = [Vocabulary.unknownSpelling, Vocabulary.endOfSentenceSpelling].map {
      Array($0.utf8)
    }
    var specialCounts = [forgotten.occurrences, lineFeeds]
    var kept: [UInt32] = []
    for (index, count) in wordCounts.enumerated() {
      if let special = specials.firstIndex(where: { words.bytes(index).elementsEqual($0) }) {
        specialCounts[special] += count
      } else if count >= limits.minimumCount {
        kept.append(UInt32(index))
      } else {
        specialCounts[0] += count
      }
    }
    // Numbers, not strings: a few bytes for each of millions.
    let first = UInt32(wordCounts.count)
    func bytes(_ index: UInt32) -> ArraySlice<UInt8> {
      index < first ? words.bytes(Int(index)) : specials[Int(index - first)][...]
    }
    func count(_ index: UInt32) -> Int {
      index < first ? wordCounts[Int(index)] : specialCounts[Int(index - first)]
    }
    func precedes(_ a: UInt32, _ b: UInt32) -> Bool {
      let (first, second) = (count(a), count(b))
      return first != second ? first > second : bytes(a).lexicographicallyPrecedes(bytes(b))
    }
    kept.sort(by: precedes)
    if let size = limits.size, kept.count > size - 2 {
      specialCounts[0] += kept[(size - 2)...].reduce(0) { $0 + wordCounts[Int($1)] }
      kept.removeLast(kept.count - (size - 2))
    }
    for special in [first, first + 1] {
      kept.insert(special, at: kept.partitioningIndex { precedes(special, $0) })
    }
    return kept.map { String(decoding: bytes($0), as: UTF8.self) }
  }
}

extension Vocabulary {
  fileprivate static func ofCounted(_ words: [String]) -> Vocabulary {
    guard let vocabulary = Vocabulary.words(words) else {
      preconditionFailure("counted words are distinct and the specials were added")
    }
    return vocabulary
  }
}

extension [UInt32] {
  /// The first place of which `isBehind` is true; it is true of all places after it.
  fileprivate func partitioningIndex(where isBehind: (UInt32) -> Bool) -> Int {
    var (lower, upper) = (0, count)
    while lower < upper {
      let middle = (lower + upper) / 2
      if isBehind(self[middle]) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }
}
