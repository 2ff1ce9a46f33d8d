import Foundation
import TestSupport
import Testing
import Unroll

/// Self-attention as it is defined, token by token.
@Suite struct SelfAttentionTests {
  @Test func everyStepLooksAtItsOwnSequenceOnly() {
    let layout = SequenceLayout(lengths: [4, 3, 1])
    let size = 3
    let check = OperationCheck<Double>(layout)
    let steps = check.leaf(columns: size)
    let layer = SelfAttentionLayer<Double>(
      "self_attention", score: .scaledDot, size: size, scheme: .pytorch, precision: .f32,
      in: ParameterStore())
    var weights: Matrix<Double>?
    let output = check.evaluate(training: false) {
      let result = $0.tape.selfAttention($0[steps], layer)
      weights = result.weights
      $0.probe(result.output)
    }.probed[0]
    let h = check[steps]
    func step(_ token: Int) -> [Double] { Array(h[token * size..<(token + 1) * size]) }

    for row in 0..<layout.rowCount {
      let tokens = (0..<layout.lengths[row]).map { layout.offsets[$0] + row }
      for token in tokens {
        let powers = tokens.map { other in
          exp(zip(step(token), step(other)).reduce(0) { $0 + $1.0 * $1.1 } / 3.0.squareRoot())
        }
        let total = powers.reduce(0, +)
        var context = [Double](repeating: 0, count: size)
        for (place, other) in tokens.enumerated() {
          let weight = powers[place] / total
          #expect(abs((weights?[token, place] ?? 0) - weight) < 1e-12)
          for column in 0..<size { context[column] += weight * step(other)[column] }
        }
        let found = output[token * 2 * size..<(token + 1) * 2 * size]
        for (value, expected) in zip(found, step(token) + context) {
          #expect(abs(value - expected) < 1e-12)
        }
      }
    }
  }
}
