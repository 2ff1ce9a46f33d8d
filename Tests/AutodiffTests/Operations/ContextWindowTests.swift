import TestSupport
import Testing
import Unroll

@Suite struct ContextWindowTests {
  private let layout = SequenceLayout(lengths: [5, 4, 2, 1])

  @Test(arguments: [0, 1, 2, 6])
  func gradient(radius: Int) throws {
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 3)
    try check.run { $0.probe($0.tape.contextWindow($0[x], radius: radius)) }
  }

  /// Neighbours in order, zeros beyond the ends.
  @Test func value() {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [3, 2]))
    let x = check.leaf(columns: 1)
    check[x] = [1, 10, 2, 20, 3]
    let y = check.evaluate { $0.probe($0.tape.contextWindow($0[x], radius: 1)) }.probed[0]
    #expect(y == [0, 1, 2, 0, 10, 20, 1, 2, 3, 10, 20, 0, 2, 3, 0])
  }
}
