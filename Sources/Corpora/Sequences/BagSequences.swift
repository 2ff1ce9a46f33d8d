import Compute

/// Sequences of steps that carry any number of ids each, such as the letter trigrams of a word.
package struct BagSequences: Sendable, Equatable {
  /// The ids of each step, step after step, sequence after sequence.
  private var steps = RaggedList<Int32>()
  /// The step at which each sequence begins, and the end.
  package private(set) var starts: LongList<Int> = [0]

  package init() {}

  /// A few sequences of at least one step.
  package init(_ sequences: some Collection<[[Int32]]>) {
    precondition(!sequences.contains { $0.isEmpty }, "a sequence of length zero")
    steps = RaggedList(Array(sequences.joined()))
    starts = LongList(sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) })
  }

  /// Adds a sequence of at least one step. Throws a `UserError` where the disk has no room.
  package mutating func append(_ sequence: some Collection<[Int32]>) throws {
    precondition(!sequence.isEmpty, "a sequence of length zero")
    for step in sequence { try steps.append(step) }
    try starts.append(steps.count)
  }

  package var count: Int { starts.count - 1 }
  package var lengths: SequenceLengths { SequenceLengths(starts: starts) }

  /// Sequences that will be read soon.
  package func expect(_ rows: [Int]) {
    for row in rows { starts.expect(row..<row + 2) }
    steps.expect(rows.flatMap { starts[$0]..<starts[$0 + 1] })
  }

  /// The ids of each step of one sequence.
  package subscript(index: Int) -> [[Int32]] {
    (starts[index]..<starts[index + 1]).map { Array(steps[$0]) }
  }

  /// The number of ids of all steps of the sequences `rows`.
  package func idCount(_ rows: [Int]) -> Int {
    rows.reduce(0) { $0 + steps.starts[starts[$1 + 1]] - steps.starts[starts[$1]] }
  }

  /// Writes the sequences `rows`, which are ordered longest first, in a minibatch's token order.
  ///
  /// - `output`: `idCount(rows)` ids, and as many `tokens`: which token each id belongs to.
  /// - `tokenStarts`: where the ids of each token begin, and the end.
  package func pack(
    _ rows: [Int], into output: UnsafeMutablePointer<Int32>,
    tokens: UnsafeMutablePointer<Int32>, tokenStarts: UnsafeMutablePointer<Int32>
  ) {
    var (token, place) = (0, 0)
    tokenStarts[0] = 0
    forEachToken(rows.map { starts[$0]..<starts[$0 + 1] }) { step in
      for id in steps[step] {
        output[place] = id
        tokens[place] = Int32(token)
        place += 1
      }
      token += 1
      tokenStarts[token] = Int32(place)
    }
  }
}
