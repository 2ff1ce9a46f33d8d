import TestSupport
import Testing
import Unroll

@Suite struct TanhTests {
  private let layout = SequenceLayout(lengths: [4, 3, 1])

  @Test(arguments: [Variable<Double>.Extent.tokens, .sequences])
  func gradient(extent: Variable<Double>.Extent) throws {
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 17, extent: extent)
    try check.run {
      $0.probe($0.tape.tanh($0[x]))
      // A second reader.
      $0.probe($0.tape.tanh($0.tape.tanh($0[x])))
    }
  }
}
