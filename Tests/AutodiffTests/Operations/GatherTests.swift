import TestSupport
import Testing
import Unroll

@Suite struct GatherTests {
  private let words = SequenceLayout(lengths: [4, 3, 3, 2, 2, 1, 1])
  private let sentences = SequenceLayout(lengths: [5, 3, 1])

  /// Words in any order, one of them twice, one never, and tokens without a word.
  private let sources: [Int32] = [6, 0, -1, 2, 2, 5, 1, 0, 4]

  @Test func lastStatesOfWordsToTokens() throws {
    let check = OperationCheck<Double>(words, sentences)
    let x = check.leaf(columns: 3, extent: .sequences)
    let rows = check.integers(sources)
    try check.run {
      let y = $0.tape.gathered($0[x], rows: rows, readers: TokenIndex(), plan: $0.plans[1])
      $0.probe(y)
    }
    let y = check.evaluate {
      $0.probe($0.tape.gathered($0[x], rows: rows, readers: TokenIndex(), plan: $0.plans[1]))
    }.probed[0]
    let expected = sources.flatMap { source in
      (0..<3).map { source < 0 ? 0 : check[x][Int(source) * 3 + $0] }
    }
    #expect(y == expected)
  }

  /// Tokens to sequences of another layout, and on from there: two gathers in a row.
  @Test func chained() throws {
    let check = OperationCheck<Double>(words, sentences)
    let x = check.leaf(columns: 17)
    let first = check.integers([15, 3, 3])
    let second = check.integers([2, 0, 1, 0, 2, 2, -1])
    try check.run {
      let y = $0.tape.gathered(
        $0[x], rows: first, readers: TokenIndex(), plan: $0.plans[1], extent: .sequences)
      let z = $0.tape.gathered(
        y, rows: second, readers: TokenIndex(), plan: $0.plans[0], extent: .sequences)
      $0.probe(z)
    }
  }

  @Test func broadcast() throws {
    let check = OperationCheck<Double>(words)
    let x = check.leaf(columns: 5, extent: .sequences)
    try check.run { $0.probe($0.tape.broadcast($0[x])) }
  }
}
