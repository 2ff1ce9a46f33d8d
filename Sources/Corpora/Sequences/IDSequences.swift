import Compute

/// Sequences of ids of any lengths from 1, stored one after the other.
package struct IDSequences: Sendable, Equatable {
  /// All ids, sequence after sequence.
  package private(set) var ids: [Int32] = []
  /// Where each sequence begins in `ids`, and the end.
  package private(set) var starts = [0]

  package init() {}

  /// The ids of each text in `vocabulary`.
  ///
  /// Throws a `UserError` for a text that gives no token and for a character that the vocabulary
  /// lacks; `place` tells where a text was found, as in `'names.txt' line 3`.
  package init(
    _ texts: some Sequence<String>, _ vocabulary: Vocabulary,
    place: (Int) -> String = { "text \($0 + 1)" }
  ) throws {
    try self.init(texts, place: place, encode: vocabulary.encode)
  }

  /// The ids of each text. Throws what `encode` does, with the place, and for a text that gives no token.
  package init(
    _ texts: some Sequence<String>, place: (Int) -> String, encode: (String) throws -> [Int32]
  ) throws {
    for (index, text) in texts.enumerated() {
      let encoded: [Int32]
      do {
        encoded = try encode(text)
      } catch let error as UserError {
        throw UserError("\(place(index)): \(error.message)", hint: error.hint)
      }
      guard !encoded.isEmpty else {
        throw UserError(
          "\(place(index)): a sequence of length zero, expected at least one token",
          hint: "remove it")
      }
      append(encoded)
    }
  }

  /// Adds a sequence, which must not be empty.
  package mutating func append(_ sequence: some Collection<Int32>) {
    precondition(!sequence.isEmpty, "a sequence of length zero")
    ids.append(contentsOf: sequence)
    starts.append(ids.count)
  }

  package var count: Int { starts.count - 1 }
  package var lengths: [Int] { zip(starts.dropFirst(), starts).map { $0 - $1 } }
  package subscript(index: Int) -> ArraySlice<Int32> { ids[starts[index]..<starts[index + 1]] }

  /// Writes the sequences `rows`, which are ordered longest first, in a minibatch's token order:
  /// step after step, each with the rows that are still active. No padding.
  ///
  /// `output` holds as many ids as the sequences together.
  package func pack(_ rows: [Int], into output: UnsafeMutablePointer<Int32>) {
    var token = 0
    forEachToken(rows.map { starts[$0]..<starts[$0 + 1] }) { place in
      output[token] = ids[place]
      token += 1
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
