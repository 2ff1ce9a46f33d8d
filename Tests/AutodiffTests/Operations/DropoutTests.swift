import Testing
import TestSupport
import Unroll

@Suite struct DropoutTests {
  @Test(arguments: [false, true])
  func gradients(isLocked: Bool) throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [4, 2, 1]))
    let x = check.leaf(columns: 3)
    try check.run {
      $0.probe($0.tape.dropout($0[x], probability: 0.4, layer: 1, isLocked: isLocked))
    }
  }

  /// A locked mask is the row's, another one is the token's.
  @Test func lockedMasksStayForARow() {
    let layout = SequenceLayout(lengths: [5, 5, 3])
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 40)
    check[x] = Array(repeating: 1, count: check[x].count)
    func masks(_ row: Int, isLocked: Bool) -> [[Double]] {
      let y = check.evaluate {
        $0.probe($0.tape.dropout($0[x], probability: 0.5, layer: 1, isLocked: isLocked))
      }.probed[0]
      return (0..<layout.lengths[row]).map { step in
        let token = layout.offsets[step] + row
        return Array(y[token * 40..<(token + 1) * 40])
      }
    }
    for row in 0..<3 {
      #expect(Set(masks(row, isLocked: true)).count == 1)
      #expect(Set(masks(row, isLocked: false)).count == layout.lengths[row])
    }
    #expect(masks(0, isLocked: true)[0] != masks(1, isLocked: true)[0])
  }

  /// Rows are counted anew in each leaf of a minibatch, and still have masks of their own.
  @Test func leavesDrawOtherNumbers() {
    let tape = Tape<Double>(workers: 1, seed: 3)
    let seeds = (0..<5).map { leaf in
      tape.begin(training: true, leaf: leaf)
      return tape.takeRowSeed()
    }
    #expect(Set(seeds).count == 5 && seeds[0] == tape.seed)
  }
}
