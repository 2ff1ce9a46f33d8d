import Compute

extension Vocabulary {
  /// The vocabulary of texts in memory, in the order that a vocabulary of a corpus has.
  ///
  /// It always has the one slot for everything else, `<unk>`, except for bytes, so that what was
  /// never trained can be read later. Throws a usage `UserError` for limits that make no sense.
  package static func of(
    _ texts: some Sequence<String>, kind: TokenKind, limits: VocabularyLimits = .none
  ) throws -> Vocabulary {
    try of(counted: texts.lazy.map { ($0, 1) }, kind: kind, limits: limits)
  }

  /// The same of many texts, which `prepare` makes what is counted: by several threads, for the same vocabulary.
  package static func of(
    _ texts: some Sequence<String>, kind: TokenKind, limits: VocabularyLimits, threads: Int,
    prepare: @escaping (String) -> String = { $0 }
  ) throws -> Vocabulary {
    let limits = try openLimits(limits, kind)
    var rest = texts.makeIterator()
    return try VocabularyCounter.counting(kind, threads: threads) {
    } read: { _ -> [String]? in
      var piece: [String] = []
      while piece.count < 16_384, let text = rest.next() { piece.append(text) }
      return piece.isEmpty ? nil : piece
    } count: { counter, piece, _ in
      for text in piece { counter.count(prepare(text)) }
    }.vocabulary(limits)
  }

  /// The same of texts that stand there so many times.
  package static func of(
    counted texts: some Sequence<(text: String, count: Int)>, kind: TokenKind,
    limits: VocabularyLimits = .none
  ) throws -> Vocabulary {
    let limits = try openLimits(limits, kind)
    var counter = VocabularyCounter(kind)
    for (text, count) in texts { counter.count(text, times: count) }
    return try counter.vocabulary(limits)
  }

  /// With a slot for what is left out and never seen.
  private static func openLimits(
    _ limits: VocabularyLimits, _ kind: TokenKind
  ) throws -> VocabularyLimits {
    var limits = limits
    limits.hasUnknown = true
    try limits.check(kind)
    return limits
  }

  /// The id of one token of text, `<unk>`'s if it is not in the vocabulary; nil if there is neither.
  ///
  /// Words are looked up whole; a token of another kind than the vocabulary's is not in it.
  package func id(of token: String) -> Int32? {
    let count = token.utf8.count
    switch lookup {
    case .words(let table):
      return withPaddedText(token) {
        table.index(of: $0, length: count, prefix: WordScanner.prefix($0, count))
          .map { Int32($0) }
      } ?? unknownID
    case .characters(let table):
      let scalars = token.unicodeScalars
      let id = scalars.count == 1 ? table.id(scalars[scalars.startIndex].value) : -1
      return id < 0 ? unknownID : id
    case .bytes:
      return count == 1 ? Int32(token.utf8[token.utf8.startIndex]) : nil
    case .subwords(let tokenizer):
      return tokenizer.id(of: token) ?? unknownID
    }
  }
}

extension VocabularyCounter {
  /// Counts the tokens of a text that stands there so many times.
  fileprivate mutating func count(_ text: String, times: Int = 1) {
    withPaddedText(text) { start in
      count(
        TextReader.Block(
          bytes: UnsafeBufferPointer(start: start, count: text.utf8.count), offset: 0,
          isASCII: false),
        times: times)
    }
  }
}
