import Compute

/// The tokens a model knows, each with its id, 0 ..< `count`.
///
/// Order, the same for the same text on every machine:
/// - characters by code point, `<unk>` last;
/// - words by falling count, equal counts by their UTF-8 bytes, `<eos>` and `<unk>` among them with
///   their own counts, so that a small id is a frequent word;
/// - bytes by value;
/// - subwords as their tokenizer has them.
///
/// A word vocabulary always has `<unk>` and `<eos>`; a character vocabulary has `<unk>` only if it
/// was built with a limit; bytes need neither, nor do subwords, which spell all bytes.
package struct Vocabulary: Sendable, Equatable {
  /// How words that are not in the vocabulary are spelt.
  package static let unknownSpelling = "<unk>"
  /// How the end of a line is spelt among words.
  package static let endOfSentenceSpelling = "<eos>"

  package let kind: TokenKind
  /// The text of each id; a byte is spelt `<0x0A>`.
  package let tokens: [String]
  /// The id that stands for everything outside the vocabulary.
  package let unknownID: Int32?
  /// The id that ends a line of words.
  package let endOfSentenceID: Int32?
  /// Tells vocabularies apart: equal for the same kind, tokens and order, on every machine.
  package let digest: UInt64

  let lookup: Lookup

  enum Lookup: Sendable {
    case characters(CharacterTable)
    case words(WordTable)
    case bytes
    case subwords(SubwordTokenizer)
  }

  /// The number of tokens, specials included.
  package var count: Int { tokens.count }

  /// The 256 bytes.
  package static let bytes = Vocabulary(
    kind: .byte,
    tokens: (0..<256).map {
      let digits = String($0, radix: 16, uppercase: true)
      return "<0x\(digits.count == 1 ? "0" : "")\(digits)>"
    },
    unknownID: nil, endOfSentenceID: nil, lookup: .bytes)

  /// A character vocabulary in the given order, from distinct scalars.
  static func characters(_ scalars: [Unicode.Scalar], hasUnknown: Bool) -> Vocabulary {
    Vocabulary(
      kind: .character,
      tokens: scalars.map { String($0) } + (hasUnknown ? [unknownSpelling] : []),
      unknownID: hasUnknown ? Int32(scalars.count) : nil, endOfSentenceID: nil,
      lookup: .characters(
        CharacterTable(scalars.enumerated().map { ($0.element.value, Int32($0.offset)) })))
  }

  /// A word vocabulary in the given order; nil if a word is there twice or a special is missing.
  package static func words(_ words: [String]) -> Vocabulary? {
    var table = WordTable()
    var (unknown, endOfSentence): (Int32?, Int32?)
    for (id, word) in words.enumerated() {
      let index = withPaddedText(word) { text in
        table.insert(
          text, length: word.utf8.count, prefix: WordScanner.prefix(text, word.utf8.count))
      }
      guard index == id else { return nil }
      if word == unknownSpelling { unknown = Int32(id) }
      if word == endOfSentenceSpelling { endOfSentence = Int32(id) }
    }
    guard let unknown, let endOfSentence else { return nil }
    return Vocabulary(
      kind: .word, tokens: words, unknownID: unknown, endOfSentenceID: endOfSentence,
      lookup: .words(table))
  }

  /// The pieces of a tokenizer.
  ///
  /// Throws a usage `UserError` for one that divides words at white space and forgets it: lines would not
  /// end, and no text would come back.
  package static func subwords(_ tokenizer: SubwordTokenizer) throws -> Vocabulary {
    guard case .byteLevel = tokenizer.parts.splitting else {
      throw UserError.usage(
        "the tokenizer divides words at white space, which it forgets: expected one of bytes",
        hint: "take one whose pre_tokenizer is ByteLevel, or have the subwords learnt")
    }
    return Vocabulary(
      kind: .subword, tokens: tokenizer.parts.pieces, unknownID: tokenizer.parts.unknownID,
      endOfSentenceID: nil, lookup: .subwords(tokenizer))
  }

  /// What makes its tokens, of a vocabulary of subwords.
  package var subwords: SubwordTokenizer? {
    if case .subwords(let tokenizer) = lookup { tokenizer } else { nil }
  }

  private init(
    kind: TokenKind, tokens: [String], unknownID: Int32?, endOfSentenceID: Int32?, lookup: Lookup
  ) {
    self.kind = kind
    self.tokens = tokens
    self.unknownID = unknownID
    self.endOfSentenceID = endOfSentenceID
    self.lookup = lookup
    var digest = ContentDigest()
    digest.update(kind.rawValue)
    digest.update(UInt64(tokens.count))
    for token in tokens { digest.update(token) }
    digest.update(UInt64(bitPattern: Int64(unknownID ?? -1)))
    digest.update(UInt64(bitPattern: Int64(endOfSentenceID ?? -1)))
    if case .subwords(let tokenizer) = lookup { digest.update(tokenizer.digest) }
    self.digest = digest.value
  }

  // By digest, not by `tokens ==`: String equality merges canonically equivalent spellings.
  package static func == (a: Vocabulary, b: Vocabulary) -> Bool { a.digest == b.digest }

  /// The ids of a prompt or a sentence.
  ///
  /// Words: every line feed in `text` gives `<eos>`; unlike at the end of a corpus file none is
  /// added. Throws a usage `UserError` for a character outside a vocabulary without `<unk>`.
  package func encode(_ text: String) throws -> [Int32] {
    if let subwords { return subwords.encodeLines(text) }
    let count = text.utf8.count
    return try withPaddedText(text) { start in
      var ids = [Int32](repeating: 0, count: count)
      let written = try ids.withUnsafeMutableBufferPointer { ids -> Int in
        guard let output = ids.baseAddress else { return 0 }
        do {
          return try encode(start, count: count, isASCII: false, into: output)
        } catch let unknown as UnknownCharacter {
          throw UserError.usage(
            "the text holds \(unknown.description) at byte offset \(unknown.offset), "
              + "which the vocabulary lacks",
            hint: "leave it out, or train with --unknown other to have a place for it")
        }
      }
      ids.removeLast(count - written)
      return ids
    }
  }

  /// The text of `ids`, which must all be below `count`.
  package func decode(_ ids: some Sequence<Int32>) -> String {
    var decoder = TextDecoder(self)
    var text = ""
    for id in ids { text += decoder.append(id) }
    return text + decoder.finish()
  }
}

/// Calls `body` with the UTF-8 bytes of `text`, followed by `WordScanner.padding` spaces.
func withPaddedText<Result>(
  _ text: String, _ body: (UnsafePointer<UInt8>) throws -> Result
) rethrows -> Result {
  let count = text.utf8.count
  return try withUnsafeTemporaryAllocation(
    of: UInt8.self, capacity: count + WordScanner.padding
  ) { bytes in
    bytes.initialize(repeating: 0x20)
    _ = bytes.update(fromContentsOf: text.utf8)
    // Never nil: there is room for the padding at least.
    return try body(UnsafePointer(bytes.baseAddress.unsafelyUnwrapped))
  }
}
