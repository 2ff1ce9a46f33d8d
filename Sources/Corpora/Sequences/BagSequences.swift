/// Sequences of steps that carry any number of ids each, such as the letter trigrams of a word.
package struct BagSequences: Sendable, Equatable {
  /// All ids, step after step, sequence after sequence.
  package private(set) var ids: [Int32] = []
  /// Where the ids of each step begin in `ids`, and the end.
  package private(set) var bagStarts = [0]
  /// The step at which each sequence begins, and the end.
  package private(set) var starts = [0]

  package init() {}

  /// Adds a sequence of at least one step.
  package mutating func append(_ steps: some Collection<[Int32]>) {
    precondition(!steps.isEmpty, "a sequence of length zero")
    for step in steps {
      ids.append(contentsOf: step)
      bagStarts.append(ids.count)
    }
    starts.append(bagStarts.count - 1)
  }

  package var count: Int { starts.count - 1 }
  package var lengths: [Int] { zip(starts.dropFirst(), starts).map { $0 - $1 } }

  /// The ids of each step of one sequence.
  package subscript(index: Int) -> [[Int32]] {
    (starts[index]..<starts[index + 1]).map { Array(ids[bagStarts[$0]..<bagStarts[$0 + 1]]) }
  }

  /// The number of ids of all steps of the sequences `rows`.
  package func idCount(_ rows: [Int]) -> Int {
    rows.reduce(0) { $0 + bagStarts[starts[$1 + 1]] - bagStarts[starts[$1]] }
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
      for id in ids[bagStarts[step]..<bagStarts[step + 1]] {
        output[place] = id
        tokens[place] = Int32(token)
        place += 1
      }
      token += 1
      tokenStarts[token] = Int32(place)
    }
  }
}
