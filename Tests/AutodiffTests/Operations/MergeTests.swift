import TestSupport
import Testing
import Unroll

@Suite struct MergeTests {
  /// Parts of a minibatch in any order, to tokens of rows of different lengths.
  @Test func rowsGoToTheirPlaces() throws {
    let check = OperationCheck<Double>(
      SequenceLayout(lengths: [4, 2, 1]), SequenceLayout(rows: 4, steps: 1),
      SequenceLayout(rows: 2, steps: 1), SequenceLayout(rows: 1, steps: 1))
    let parts = [(1, [6, 0, 3, 2]), (2, [1, 5]), (3, [4])] as [(Int, [Int32])]
    let leaves = parts.map { (check.leaf(columns: 17, layout: $0.0), check.integers($0.1)) }
    func merged(_ recording: OperationCheck<Double>.Recording) {
      recording.probe(
        recording.tape.merged(
          leaves.map { (recording[$0.0], $0.1) }, plan: recording.plans[0]))
    }
    try check.run(merged)
    let y = check.evaluate(merged).probed[0]
    for (leaf, places) in leaves {
      for (row, place) in places.enumerated() {
        let expected = check[leaf][row * 17..<(row + 1) * 17]
        #expect(y[Int(place) * 17..<(Int(place) + 1) * 17] == expected)
      }
    }
  }
}
