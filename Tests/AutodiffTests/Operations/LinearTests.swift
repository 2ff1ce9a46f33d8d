import TestSupport
import Testing
import Unroll

@Suite struct LinearTests {
  @Test(arguments: [Variable<Double>.Extent.tokens, .sequences])
  func gradients(extent: Variable<Double>.Extent) throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [4, 2, 1]))
    let x = check.leaf(columns: 3, extent: extent)
    let layer = LinearLayer(
      "linear", inputSize: 3, outputSize: 18, scheme: .normal(1), precision: .f32,
      in: check.parameters)
    try check.run { $0.probe($0.tape.linear($0[x], layer)) }
  }

  /// The same matrix from both sides: its gradient has both products.
  @Test(arguments: [(3, 18), (18, 5)])
  func transposed(inputs: Int, outputs: Int) throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [4, 2, 1]))
    let x = check.leaf(columns: outputs)
    let weight = PackedParameter(
      check.parameter("weight", outputs, inputs), precision: .f32, in: check.parameters)
    try check.run { $0.probe($0.tape.linear($0[x], transposed: weight)) }
    try check.run {
      $0.probe($0.tape.linear($0.tape.linear($0[x], transposed: weight), weight: weight))
    }
    let y = check.evaluate { $0.probe($0.tape.linear($0[x], transposed: weight)) }.probed[0]
    let w = weight.parameter.values
    for row in 0..<7 {
      for column in 0..<inputs {
        let sum = (0..<outputs).reduce(0) {
          $0 + check[x][row * outputs + $1] * w[$1 * inputs + column]
        }
        #expect(abs(sum - y[row * inputs + column]) < 1e-14)
      }
    }
  }
}
