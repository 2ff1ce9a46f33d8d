import Foundation
import Testing
import TestSupport
import Unroll

@Suite struct LayerNormTests {
  /// Fewer columns than a vector, and more than one.
  @Test(arguments: [5, 16, 21], [1, 3])
  func gradients(columns: Int, workers: Int) throws {
    var norm: LayerNormLayer<Double>?
    try OperationProblem<Double>(
      layout: SequenceLayout(lengths: [4, 3, 1]), inputSize: columns, outputSize: columns,
      workers: workers, declare: { norm = LayerNormLayer("norm", size: columns, in: $0) }
    ) { x, tape in
      guard let norm else { preconditionFailure("not declared") }
      // The input has other readers, before and after.
      let sum = tape.sum(tape.timeReversed(x), tape.layerNorm(x, norm))
      return tape.sum(sum, x)
    }.check()
  }

  /// `torch.nn.functional.layer_norm` in f64 of one row: x = 3·cos(0.7·i) + 1, weight = 1 + 0.1·i,
  /// bias = 0.5 - 0.2·i.
  @Test func equalsPyTorch() {
    var norm: LayerNormLayer<Double>?
    let problem = OperationProblem<Double>(
      layout: SequenceLayout(rows: 1, steps: 1), inputSize: 7, outputSize: 7,
      declare: { norm = LayerNormLayer("norm", size: 7, in: $0) }
    ) { x, tape in
      guard let norm else { preconditionFailure("not declared") }
      return tape.layerNorm(x, norm)
    }
    func list(_ value: (Double) -> Double) -> [Double] { (0..<7).map { value(Double($0)) } }
    problem.input.values = list { 3 * cos(0.7 * $0) + 1 }
    problem.store.parameter(named: "norm.weight")?.values = list { 1 + 0.1 * $0 }
    problem.store.parameter(named: "norm.bias")?.values = list { 0.5 - 0.2 * $0 }
    problem.store.pack()
    let expected: [Double] = [
      2.0499665939593545, 1.6514481670969732, 0.5987271751435331, -0.7586118039493659,
      -1.846107781086242, -2.1447246453648434, -1.4787064860781511,
    ]
    for (found, wanted) in zip(problem.run().output, expected) {
      #expect(abs(found - wanted) <= 1e-14)
    }
  }
}
