import Foundation
import Testing
import TestSupport
import Unroll

@Suite struct LayerNormTests {
  /// Fewer columns than a vector, exactly one, and more.
  @Test(arguments: [5, 16, 21])
  func gradients(columns: Int) throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [3, 2, 1]))
    let x = check.leaf(columns: columns)
    let norm = LayerNormLayer("norm", size: columns, in: check.parameters)
    try check.run(tolerance: 5e-9) { $0.probe($0.tape.layerNorm($0[x], norm)) }
  }

  /// `torch.nn.functional.layer_norm` in f64 of one row: x = 3·cos(0.7·i) + 1, weight = 1 + 0.1·i,
  /// bias = 0.5 - 0.2·i.
  @Test func equalsPyTorch() {
    let check = OperationCheck<Double>(SequenceLayout(rows: 1, steps: 1))
    let x = check.leaf(columns: 7)
    let norm = LayerNormLayer("norm", size: 7, in: check.parameters)
    func list(_ value: (Double) -> Double) -> [Double] { (0..<7).map { value(Double($0)) } }
    check.values =
      list { 3 * cos(0.7 * $0) + 1 } + list { 1 + 0.1 * $0 } + list { 0.5 - 0.2 * $0 }
    let expected: [Double] = [
      2.0499665939593545, 1.6514481670969732, 0.5987271751435331, -0.7586118039493659,
      -1.846107781086242, -2.1447246453648434, -1.4787064860781511,
    ]
    let found = check.evaluate { $0.probe($0.tape.layerNorm($0[x], norm)) }.probed[0]
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) <= 1e-14) }
  }
}
