import Compute

/// A vocabulary of subwords made by byte-pair encoding: characters, and the pieces that frequent
/// pairs of pieces were merged into.
///
/// A word begins as characters (or bytes, see `WordSplitting`). Of all adjacent pairs the one merged
/// earliest in training is merged, the leftmost first, until no pair is known. Ids and results equal
/// those of Hugging Face's tokenizers library for the same vocabulary and merges.
///
/// Source: Sennrich, Haddow & Birch, "Neural Machine Translation of Rare Words with Subword Units"
/// (2016).
package struct SubwordTokenizer: Sendable, Equatable {
  /// Two adjacent pieces that become one.
  package struct Merge: Sendable, Hashable {
    package let left: Int32
    package let right: Int32

    package init(_ left: Int32, _ right: Int32) {
      self.left = left
      self.right = right
    }

    var key: UInt64 { UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right)) }
  }

  /// A piece that is found in a text as it is, before the text is cut into words: `<s>`, `<num>`.
  package struct AddedPiece: Sendable, Equatable {
    package var id: Int32
    /// No text: `decode` leaves it out.
    package var isSpecial: Bool
    /// Found only where no piece is that lacks this.
    package var isNormalized = false
    /// Not found beside a letter, a digit or an underscore.
    package var isSingleWord = false
    /// Takes the white space before it.
    package var stripsLeft = false
    /// Takes the white space behind it.
    package var stripsRight = false

    package init(id: Int32, isSpecial: Bool) {
      self.id = id
      self.isSpecial = isSpecial
    }
  }

  /// What a tokenizer consists of.
  package struct Parts: Sendable {
    /// The spelling of each id, in bytes' characters (`Ġthe`) for `byteLevel`; empty for an id that
    /// no piece has.
    package var pieces: [String]
    /// In the order in which they are applied.
    package var merges: [Merge]
    package var added: [AddedPiece] = []
    package var splitting: WordSplitting
    /// What marks the last piece of a word, so that decoding knows where to put spaces.
    package var endOfWordSuffix: String?
    /// What stands for characters outside the vocabulary; nil: they are left out.
    package var unknownID: Int32?
    /// Several unknown characters in a row give one `unknownID`.
    package var fusesUnknown = false

    package init(pieces: [String], merges: [Merge], splitting: WordSplitting) {
      self.pieces = pieces
      self.merges = merges
      self.splitting = splitting
    }
  }

  package let parts: Parts
  /// Tells tokenizers apart: equal for equal parts on every machine. Which of the added pieces are looked for first
  /// (`isNormalized`) has no part in it: earlier versions left it out, and their stores keep their digests.
  package let digest: UInt64

  let table: WordTable
  /// What each known pair becomes, and how early.
  let rules: [UInt64: (rank: Int32, result: Int32)]
  /// The piece of each byte, -1 where there is none.
  let bytePieces: [Int32]
  let addedPieces: AddedPieces
  private let specialIDs: Set<Int32>

  /// The number of ids: of pieces, added ones included, and of ids that no piece has.
  package var count: Int { parts.pieces.count }

  /// Throws a `UserError` for a piece that is there twice, a merge of pieces, or into a piece, that
  /// are not in the vocabulary, the same merge twice, and ids outside the vocabulary.
  package init(_ parts: Parts) throws {
    func fail(_ what: String) -> UserError {
      UserError("no subword vocabulary: \(what)", hint: "take the tokenizer's file from its source")
    }
    self.parts = parts
    var table = WordTable()
    for (id, piece) in parts.pieces.enumerated() {
      // What holds the place of an id without a piece is no UTF-8, so that no text has it.
      let bytes = piece.isEmpty ? [0xFF] + Array(String(id).utf8) : Array(piece.utf8)
      guard table.insert(bytes) == id else { throw fail("the piece '\(piece)' is there twice") }
    }
    let ids = 0..<Int32(parts.pieces.count)
    for id in parts.added.map(\.id) + [parts.unknownID].compactMap({ $0 })
    where !ids.contains(id) || parts.pieces[Int(id)].isEmpty {
      throw fail("the id \(id) is that of no piece")
    }
    var rules: [UInt64: (rank: Int32, result: Int32)] = [:]
    rules.reserveCapacity(parts.merges.count)
    for (rank, merge) in parts.merges.enumerated() {
      guard ids.contains(merge.left), ids.contains(merge.right) else {
        throw fail("merge \(rank) has parts outside the vocabulary")
      }
      let (left, right) = (parts.pieces[Int(merge.left)], parts.pieces[Int(merge.right)])
      guard let result = table.index(of: Array(left.utf8) + Array(right.utf8)) else {
        throw fail("merge \(rank) makes '\(left)\(right)', which is not in the vocabulary")
      }
      guard rules.updateValue((Int32(rank), Int32(result)), forKey: merge.key) == nil else {
        throw fail("the merge '\(left) \(right)' is there twice")
      }
    }
    addedPieces = AddedPieces(parts)
    specialIDs = Set(parts.added.lazy.filter(\.isSpecial).map(\.id))
    bytePieces = ByteAlphabet.characters.map { character in
      table.index(of: Array(String(character).utf8)).map { Int32($0) } ?? -1
    }
    self.table = table
    self.rules = rules
    digest = Self.digest(parts)
  }

  // By digest: String equality would merge canonically equivalent spellings.
  package static func == (a: SubwordTokenizer, b: SubwordTokenizer) -> Bool { a.digest == b.digest }

  /// The id of a line feed on its own; nil if there is none.
  var lineFeedID: Int32? { bytePieces[0x0A] < 0 ? nil : bytePieces[0x0A] }

  /// The id of a piece by its spelling.
  package func id(of piece: String) -> Int32? {
    table.index(of: Array(piece.utf8)).map { Int32($0) }
  }

  /// The ids of a text. For many texts keep a `SubwordEncoder`, which remembers words.
  ///
  /// - `findsAdded`: added pieces (`<s>`) are found in the text; false: they are text like any other.
  package func encode(_ text: String, findsAdded: Bool = true) -> [Int32] {
    var encoder = SubwordEncoder(self)
    return encoder.encode(text, findsAdded: findsAdded)
  }

  /// The ids of lines, each of which is a text of its own with its line feed.
  func encodeLines(_ text: String) -> [Int32] {
    var encoder = SubwordEncoder(self)
    var (ids, ends): ([Int32], [Int32]) = ([], [])
    var text = text
    text.withUTF8 { encoder.appendLines($0, to: &ids, ends: &ends) }
    return ids
  }

  /// What a piece stands for where words are spelt in bytes; nothing for a special one.
  func bytes(of id: Int32) -> [UInt8] {
    if specialIDs.contains(id) { return [] }
    let piece = parts.pieces[Int(id)]
    return ByteAlphabet.bytes(of: piece) ?? Array(piece.utf8)
  }

  /// The text of `ids`, which must all be below `count`.
  ///
  /// Bytes that are not UTF-8 become U+FFFD. Words that were split at white space are joined by one
  /// space; without `endOfWordSuffix` that is all pieces.
  package func decode(_ ids: some Sequence<Int32>, skipsSpecials: Bool = true) -> String {
    let shown = ids.filter { !skipsSpecials || !specialIDs.contains($0) }
    let pieces = shown.lazy.map { parts.pieces[Int($0)] }.filter { !$0.isEmpty }
    switch parts.splitting {
    case .byteLevel:
      return String(
        decoding: pieces.flatMap { ByteAlphabet.bytes(of: $0) ?? Array($0.utf8) }, as: UTF8.self)
    case .whitespace:
      guard let suffix = parts.endOfWordSuffix else { return pieces.joined(separator: " ") }
      var text: [UInt8] = []
      for (index, piece) in pieces.enumerated() {
        let bytes = Array(piece.utf8)
        guard bytes.count >= suffix.utf8.count,
          bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        else {
          text += bytes
          continue
        }
        text += bytes.dropLast(suffix.utf8.count)
        if index < pieces.count - 1 { text.append(0x20) }
      }
      return String(decoding: text, as: UTF8.self)
    }
  }

  private static func digest(_ parts: Parts) -> UInt64 {
    var digest = ContentDigest()
    digest.update(UInt64(parts.pieces.count))
    for piece in parts.pieces { digest.update(piece) }
    digest.update(UInt64(parts.merges.count))
    for merge in parts.merges { digest.update(merge.key) }
    digest.update(UInt64(parts.added.count))
    for piece in parts.added {
      digest.update(UInt64(UInt32(bitPattern: piece.id)) << 1 | (piece.isSpecial ? 1 : 0))
      // Nothing for what earlier versions read too: their digests stay.
      let flags = [piece.isSingleWord, piece.stripsLeft, piece.stripsRight]
      if flags.contains(true) { digest.update("\(flags)") }
    }
    digest.update("\(parts.splitting)")
    digest.update(parts.endOfWordSuffix ?? "")
    digest.update(UInt64(bitPattern: Int64(parts.unknownID ?? -1)))
    digest.update(parts.fusesUnknown ? 1 : 0)
    return digest.value
  }
}
