import Compute

/// Sequences of ids of any lengths from 1, stored one after the other.
package struct IDSequences: Sendable, Equatable {
  private var lists = RaggedList<Int32>()
  /// All ids, sequence after sequence.
  package var ids: LongList<Int32> { lists.values }
  /// Where each sequence begins in `ids`, and the end.
  package var starts: LongList<Int> { lists.starts }

  package init() {}

  /// A few sequences, which must not be empty.
  package init(_ sequences: some Collection<some Collection<Int32>>) {
    precondition(!sequences.contains { $0.isEmpty }, "a sequence of length zero")
    lists = RaggedList(sequences)
  }

  /// The ids of each text in `vocabulary`.
  ///
  /// Throws a `UserError` for a text that gives no token and for a character that the vocabulary
  /// lacks; `place` tells where a text was found, as in `'names.txt' line 3`.
  ///
  /// - Parameter threads: that look tokens up.
  package init(
    _ texts: some RandomAccessCollection<String>, _ vocabulary: Vocabulary, threads: Int = 1,
    place: @escaping (Int) -> String = { "text \($0 + 1)" }
  ) throws {
    try self.init(texts, threads: threads, place: place, encode: vocabulary.encode)
  }

  /// The ids of each text. Throws what `encode` does, with the place, and for a text that gives no token.
  ///
  /// - Parameter encode: called by many threads at once.
  package init(
    _ texts: some RandomAccessCollection<String>, threads: Int, place: @escaping (Int) -> String,
    encode: @escaping (String) throws -> [Int32]
  ) throws {
    var lists = RaggedList<Int32>()
    try Activity.run(total: texts.count, unit: .items("texts")) { reading in
      try OrderedWork.run(over: texts.count, threads: threads) { stretch in
        try stretch.map { index in
          try Self.ids(
            of: texts[texts.index(texts.startIndex, offsetBy: index)], at: place(index), encode)
        }
      } take: { found in
        for ids in found { try lists.append(ids) }
        reading.advance(by: found.count)
      }
    }
    self.lists = lists
  }

  /// The ids of a text. Throws what `encode` does, with the place, and for a text that gives no token.
  package static func ids(
    of text: String, at place: @autoclosure () -> String, _ encode: (String) throws -> [Int32]
  ) throws -> [Int32] {
    let ids: [Int32]
    do {
      ids = try encode(text)
    } catch let error as UserError {
      throw UserError("\(place()): \(error.message)", hint: error.hint)
    }
    guard !ids.isEmpty else {
      throw UserError(
        "\(place()): a sequence of length zero, expected at least one token", hint: "remove it")
    }
    return ids
  }

  /// Adds a sequence, which must not be empty. Throws a `UserError` where the disk has no room.
  package mutating func append(_ sequence: some Collection<Int32>) throws {
    precondition(!sequence.isEmpty, "a sequence of length zero")
    try lists.append(sequence)
  }

  package var count: Int { lists.count }
  package var lengths: SequenceLengths { SequenceLengths(starts: starts) }
  /// Sequences that will be read soon.
  package func expect(_ rows: [Int]) { lists.expect(rows) }
  package subscript(index: Int) -> Slice<LongList<Int32>> { lists[index] }

  /// Writes the sequences `rows`, which are ordered longest first, in a minibatch's token order:
  /// step after step, each with the rows that are still active. No padding.
  ///
  /// `output` holds as many ids as the sequences together.
  package func pack(_ rows: [Int], into output: UnsafeMutablePointer<Int32>) {
    var token = 0
    ids.withUnsafeBufferPointer { ids in
      forEachToken(rows.map(lists.range)) { place in
        output[token] = ids[place]
        token += 1
      }
    }
  }
}

/// Calls `body` with the places of `sequences`, longest first, in token order: time, then row.
@inline(__always)
func forEachToken(_ sequences: [Range<Int>], _ body: (Int) -> Void) {
  precondition(
    zip(sequences, sequences.dropFirst()).allSatisfy { $0.count >= $1.count },
    "rows are not ordered longest first")
  var active = sequences.count
  for step in 0..<(sequences.first?.count ?? 0) {
    while sequences[active - 1].count <= step { active -= 1 }
    for row in 0..<active { body(sequences[row].lowerBound + step) }
  }
}
