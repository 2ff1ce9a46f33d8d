extension VocabularyCounter {
  /// What one thread keeps from piece to piece.
  private struct Bench<Memory> {
    let memory: Memory
    /// Nil before its first piece: of characters a counter takes 9 MB, and a short text is one piece.
    var counter: VocabularyCounter?
  }

  /// Counts a stream of pieces by several threads, with the result of one.
  ///
  /// - Parameters:
  ///   - memory: what a thread reads a piece into, and works on it with.
  ///   - read: the next piece, nil at the end. Never called by two threads at once.
  ///   - count: called by many threads at once.
  static func counting<Memory, Piece>(
    _ kind: TokenKind, mostWords: Int = mostWords, threads: Int, memory: () -> Memory,
    read: @escaping (Memory) throws -> Piece?,
    count: @escaping (inout VocabularyCounter, Piece, Memory) throws -> Void
  ) throws -> VocabularyCounter {
    // Words are merged piece by piece, since their order is that of the text; of characters only the sum counts.
    let isOfWords = kind == .word || kind == .subword
    var total = VocabularyCounter(kind, mostWords: mostWords)
    let benches = try OrderedWork.run(threads: threads) {
      Bench<Memory>(memory: memory())
    } read: { bench in
      try read(bench.memory)
    } work: { bench, piece -> VocabularyCounter? in
      var counter = bench.counter.take() ?? VocabularyCounter(kind)
      if isOfWords { counter.removeAll() }
      try count(&counter, piece, bench.memory)
      bench.counter = counter
      // A copy of references: the words are taken before the thread forgets them.
      return isOfWords ? counter : nil
    } take: {
      if let words = $0 { total.merge(words) }
    }
    if !isOfWords {
      for counter in benches.compactMap(\.counter) { total.merge(counter) }
    }
    return total
  }
}
