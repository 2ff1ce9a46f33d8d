/// Turns texts into subwords and remembers the words it has seen: most words of a text are repeated.
///
/// Cost: one look-up a remembered word, n log n for another of n characters. Memory: up to a million
/// words; further ones are encoded anew.
package struct SubwordEncoder: Sendable {
  package let tokenizer: SubwordTokenizer
  private var words = WordTable()
  /// Where each remembered word's ids end in `pieces`.
  private var ends = [0]
  private var pieces: [Int32] = []
  private var merger = PairMerger()

  private static let mostWords = 1 << 20

  package init(_ tokenizer: SubwordTokenizer) { self.tokenizer = tokenizer }

  /// The ids of a text, see `SubwordTokenizer.encode`.
  package mutating func encode(_ text: String, findsAdded: Bool = true) -> [Int32] {
    var ids: [Int32] = []
    var text = text
    text.withUTF8 { appendText($0, findsAdded: findsAdded, to: &ids) }
    return ids
  }

  /// Appends the ids of lines, each of which is a text of its own with its line feed.
  ///
  /// - Parameters:
  ///   - continuesLine: the first line has begun before.
  ///   - ends: gets the places of ids that end lines.
  mutating func appendLines(
    _ text: UnsafeBufferPointer<UInt8>, continuesLine: Bool = false, to ids: inout [Int32],
    ends: inout [Int32]
  ) {
    var (start, isWhole) = (0, !continuesLine)
    while start < text.count {
      let rest = UnsafeBufferPointer(rebasing: text[start...])
      let length = rest.firstIndex(of: 0x0A).map { $0 + 1 }
      let first = ids.count
      appendText(
        UnsafeBufferPointer(rebasing: rest[..<(length ?? rest.count)]), isWhole: isWhole, to: &ids)
      if length != nil, ids.count > first { ends.append(Int32(ids.count - 1)) }
      start += length ?? rest.count
      isWhole = true
    }
  }

  /// - Parameter isWhole: the text has its begin.
  private mutating func appendText(
    _ text: UnsafeBufferPointer<UInt8>, findsAdded: Bool = true, isWhole: Bool = true,
    to ids: inout [Int32]
  ) {
    guard findsAdded, !tokenizer.parts.added.isEmpty else {
      return appendPlain(text, isWhole: isWhole, to: &ids)
    }
    for part in tokenizer.addedPieces.split(text) {
      if let id = part.id {
        ids.append(id)
      } else {
        appendPlain(
          UnsafeBufferPointer(rebasing: text[part.range]),
          isWhole: isWhole || part.range.lowerBound > 0, to: &ids)
      }
    }
  }

  private mutating func appendPlain(
    _ text: UnsafeBufferPointer<UInt8>, isWhole: Bool, to ids: inout [Int32]
  ) {
    guard !text.isEmpty else { return }
    if isWhole, case .byteLevel(addsPrefixSpace: true) = tokenizer.parts.splitting, text[0] != 0x20
    {
      ([0x20] + text).withUnsafeBufferPointer { appendWords($0, to: &ids) }
    } else {
      appendWords(text, to: &ids)
    }
  }

  private mutating func appendWords(
    _ text: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]
  ) {
    let splitting = tokenizer.parts.splitting
    splitting.scan(text) { range in
      appendWord(UnsafeBufferPointer(rebasing: text[range]), to: &ids)
    }
  }

  private mutating func appendWord(_ word: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
    guard let start = word.baseAddress else { return }
    if let index = words.index(
      of: start, length: word.count, prefix: WordScanner.prefix(start, word.count))
    {
      for place in ends[index]..<ends[index + 1] { ids.append(pieces[place]) }
      return
    }
    let found = merger.merge(tokenizer.characters(of: word), tokenizer.rules)
    ids.append(contentsOf: found)
    guard words.count < Self.mostWords else { return }
    _ = words.insert(Array(word))
    pieces.append(contentsOf: found)
    ends.append(pieces.count)
  }
}

extension SubwordTokenizer {
  /// The pieces that a word begins as.
  func characters(of word: UnsafeBufferPointer<UInt8>) -> [Int32] {
    guard case .whitespace = parts.splitting else {
      return word.reduce(into: Pieces(parts)) { $0.append(bytePieces[Int($1)]) }.ids
    }
    var result = Pieces(parts)
    var position = 0
    while position < word.count, let start = word.baseAddress {
      let length = decodeScalar(start + position).length
      var spelling = Array(word[position..<position + length])
      position += length
      if position == word.count, let suffix = parts.endOfWordSuffix { spelling += suffix.utf8 }
      result.append(table.index(of: spelling).map { Int32($0) } ?? -1)
    }
    return result.ids
  }

  private struct Pieces {
    var ids: [Int32] = []
    private let unknown: Int32?
    private let fuses: Bool
    private var lastIsUnknown = false

    init(_ parts: Parts) {
      unknown = parts.unknownID
      fuses = parts.fusesUnknown
    }

    /// Adds a piece; -1 is a character that the vocabulary lacks.
    mutating func append(_ id: Int32) {
      if id >= 0 {
        ids.append(id)
      } else if let unknown, !(fuses && lastIsUnknown) {
        ids.append(unknown)
      }
      lastIsUnknown = id < 0
    }
  }
}

/// Merges the pieces of one word; keeps its memory between words.
///
/// A list linked both ways and a queue of the pairs in it, so that a long word costs n log n.
struct PairMerger: Sendable {
  private struct Candidate: Comparable, Sendable {
    let rank: Int32
    let position: Int32
    let result: Int32

    static func < (a: Candidate, b: Candidate) -> Bool {
      (a.rank, a.position) < (b.rank, b.position)
    }
  }

  private var next: [Int32] = []
  private var previous: [Int32] = []

  typealias Rules = [UInt64: (rank: Int32, result: Int32)]

  mutating func merge(_ characters: [Int32], _ rules: Rules) -> [Int32] {
    guard characters.count > 1 else { return characters }
    var pieces = characters
    let count = Int32(pieces.count)
    next = Array(1...count)
    previous = Array(-1..<count - 1)
    var queue = PriorityQueue<Candidate>()
    func rule(at position: Int32) -> (rank: Int32, result: Int32)? {
      let right = next[Int(position)]
      guard right < count else { return nil }
      return rules[SubwordTokenizer.Merge(pieces[Int(position)], pieces[Int(right)]).key]
    }
    func consider(_ position: Int32) {
      guard let rule = rule(at: position) else { return }
      queue.insert(Candidate(rank: rule.rank, position: position, result: rule.result))
    }
    for position in 0..<count - 1 { consider(position) }
    while let candidate = queue.popFirst() {
      let position = candidate.position
      // The pair may be gone: merged away, or one of its parts has grown.
      guard pieces[Int(position)] >= 0, rule(at: position)?.result == candidate.result else {
        continue
      }
      let right = next[Int(position)]
      pieces[Int(position)] = candidate.result
      pieces[Int(right)] = -1
      let after = next[Int(right)]
      next[Int(position)] = after
      if after < count { previous[Int(after)] = position }
      if previous[Int(position)] >= 0 { consider(previous[Int(position)]) }
      consider(position)
    }
    return pieces.filter { $0 >= 0 }
  }
}
