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
}
