import Testing
import TestSupport
import Unroll

/// Operations that only move values: what goes where, and that gradients come back the same way.
@Suite struct ArrangementTests {
  static let layouts = [
    SequenceLayout(lengths: [5, 5, 3, 1]), SequenceLayout(rows: 3, steps: 4),
    SequenceLayout(rows: 1, steps: 1),
  ]

  @Test(arguments: layouts)
  func timeReversedMirrorsEveryRow(layout: SequenceLayout) throws {
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 3)
    let output = check.evaluate { $0.probe($0.tape.timeReversed($0[x])) }.probed[0]
    for row in 0..<layout.rowCount {
      for step in 0..<layout.lengths[row] {
        let here = layout.offsets[step] + row
        let there = layout.offsets[layout.lengths[row] - 1 - step] + row
        #expect(output[here * 3..<here * 3 + 3] == check[x][there * 3..<there * 3 + 3])
      }
    }
    try check.run { $0.probe($0.tape.timeReversed($0[x])) }
  }

  @Test func timeReversedTwiceIsTheIdentity() {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [6, 4, 4, 2]))
    let x = check.leaf(columns: 17)
    let result = check.evaluate { $0.probe($0.tape.timeReversed($0.tape.timeReversed($0[x]))) }
    #expect(result.probed[0] == check[x])
  }

  /// Widths that are no multiples of a vector, and one that is; of tokens and of sequences.
  @Test(arguments: [(3, 16), (5, 17)], [Variable<Double>.Extent.tokens, .sequences])
  func concatenatedStandSideBySide(
    widths: (Int, Int), extent: Variable<Double>.Extent
  ) throws {
    let layout = SequenceLayout(lengths: [4, 2, 2])
    let check = OperationCheck<Double>(layout)
    let a = check.leaf(columns: widths.0, extent: extent)
    let b = check.leaf(columns: widths.1, extent: extent)
    let output = check.evaluate { $0.probe($0.tape.concatenated([$0[a], $0[b]])) }.probed[0]
    let width = widths.0 + widths.1
    for row in 0..<output.count / width {
      let values = output[row * width..<(row + 1) * width]
      #expect(values.prefix(widths.0) == check[a][row * widths.0..<(row + 1) * widths.0])
      #expect(values.suffix(widths.1) == check[b][row * widths.1..<(row + 1) * widths.1])
    }
    try check.run { $0.probe($0.tape.concatenated([$0[a], $0[b]])) }
  }

  @Test func sumsOfOneAndOfTwo() throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [4, 3, 1]))
    let (a, b) = (check.leaf(columns: 3), check.leaf(columns: 3))
    try check.run { $0.probe($0.tape.sum($0[a], $0[b])) }
    try check.run { $0.probe($0.tape.sum($0[b], $0.tape.sum($0[a], $0[a]))) }
  }

  /// A variable that one operation reads twice.
  @Test func twiceInOneConcatenation() throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [4, 3, 1]))
    let x = check.leaf(columns: 3)
    try check.run { $0.probe($0.tape.concatenated([$0[x], $0[x]])) }
  }
}
