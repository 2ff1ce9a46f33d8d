import Foundation
import TestSupport
import Testing
import Unroll

@Suite struct PoolingTests {
  private static let layouts = [
    SequenceLayout(lengths: [6, 4, 4, 3, 1]), SequenceLayout(rows: 2, steps: 3),
    SequenceLayout(rows: 1, steps: 1),
  ]

  @Test(arguments: layouts)
  func last(_ layout: SequenceLayout) throws {
    try pooling(layout, by: { $0.lastPooled($1) }) { $0[$0.count - 1] }
  }

  @Test(arguments: layouts)
  func mean(_ layout: SequenceLayout) throws {
    try pooling(layout, by: { $0.meanPooled($1) }) { values in
      values.reduce(0, +) / Double(values.count)
    }
  }

  @Test(arguments: layouts)
  func max(_ layout: SequenceLayout) throws {
    try pooling(layout, by: { $0.maxPooled($1) }) { $0.max()! }
  }

  /// As the formula of the paper has it, element by element.
  @Test(arguments: layouts)
  func position(_ layout: SequenceLayout) throws {
    let size = 18
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: size)
    try check.run { $0.probe($0.tape.positionPooled($0[x])) }
    let y = check.evaluate { $0.probe($0.tape.positionPooled($0[x])) }.probed[0]
    for row in 0..<layout.rowCount {
      let count = Double(layout.lengths[row])
      for column in 0..<size {
        let k = Double(column + 1) / Double(size)
        let expected = (0..<layout.lengths[row]).reduce(0) { sum, step in
          let j = Double(step + 1) / count
          let token = layout.offsets[step] + row
          return sum + ((1 - j) - k * (1 - 2 * j)) * check[x][token * size + column]
        }
        #expect(abs(y[row * size + column] - expected) < 2e-15)
      }
    }
  }

  /// Of equal values the first gets the gradient.
  @Test func maxOfEqualValues() {
    let check = OperationCheck<Double>(SequenceLayout(rows: 1, steps: 3))
    let x = check.leaf(columns: 1)
    check[x] = [1, 2, 2]
    let gradient = check.evaluate { $0.probe($0.tape.maxPooled($0[x])) }.gradient
    #expect(gradient[0] == 0 && gradient[1] != 0 && gradient[2] == 0)
  }

  /// Wherever it stands.
  @Test func maxWithANaNIsOne() {
    for place in 0..<3 {
      let check = OperationCheck<Double>(SequenceLayout(rows: 1, steps: 3))
      let x = check.leaf(columns: 1)
      var values: [Double] = [1, 3, 2]
      values[place] = .nan
      check[x] = values
      #expect(check.evaluate { $0.probe($0.tape.maxPooled($0[x])) }.probed[0][0].isNaN)
    }
  }

  @Test(arguments: layouts)
  func attention(_ layout: SequenceLayout) throws {
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 3)
    let u = check.leaf(columns: 18)
    let vector = check.parameter("v", 18)
    try check.run {
      $0.probe($0.tape.attentionPooled($0[x], by: $0[u], vector: vector).mean)
    }
    var weights: Matrix<Double>?
    let mean = check.evaluate {
      let result = $0.tape.attentionPooled($0[x], by: $0[u], vector: vector)
      $0.probe(result.mean)
      weights = result.weights
    }.probed[0]
    for row in 0..<layout.rowCount {
      let tokens = (0..<layout.lengths[row]).map { layout.offsets[$0] + row }
      let scores = tokens.map { token in
        exp((0..<18).reduce(0) { $0 + vector.values[$1] * tanh(check[u][token * 18 + $1]) })
      }
      let expected = scores.map { $0 / scores.reduce(0, +) }
      for (token, weight) in zip(tokens, expected) {
        #expect(abs(try #require(weights)[token, 0] - weight) < 1e-15)
      }
      for column in 0..<3 {
        let value = zip(tokens, expected).reduce(0) { $0 + $1.1 * check[x][$1.0 * 3 + column] }
        #expect(abs(mean[row * 3 + column] - value) < 1e-15)
      }
    }
  }

  private func pooling(
    _ layout: SequenceLayout, by operation: (Tape<Double>, Variable<Double>) -> Variable<Double>,
    expected: ([Double]) -> Double
  ) throws {
    let columns = 3
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: columns)
    try check.run { $0.probe(operation($0.tape, $0[x])) }
    let y = check.evaluate { $0.probe(operation($0.tape, $0[x])) }.probed[0]
    for row in 0..<layout.rowCount {
      for column in 0..<columns {
        let values = (0..<layout.lengths[row]).map { step in
          check[x][(layout.offsets[step] + row) * columns + column]
        }
        #expect(abs(y[row * columns + column] - expected(values)) < 1e-15)
      }
    }
  }
}
