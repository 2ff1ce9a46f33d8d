import Testing
import TestSupport
import Unroll

@Suite struct PenaltyTests {
  static let layouts = [
    SequenceLayout(lengths: [4, 2, 1]), SequenceLayout(rows: 1, steps: 1),
  ]

  @Test(arguments: layouts)
  func gradients(layout: SequenceLayout) throws {
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 3)
    try check.run { $0.tape.activationPenalty($0[x], strength: 1.3) }
    try check.run {
      $0.tape.temporalPenalty($0[x], strength: 0.7)
      $0.tape.activationPenalty($0[x], strength: 0.1)
    }
  }

  /// The definitions, written out.
  @Test func values() {
    let layout = SequenceLayout(lengths: [3, 2])
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 2)
    // Tokens: (t0 r0) (t0 r1) (t1 r0) (t1 r1) (t2 r0).
    check[x] = [1, 2, 3, 4, 2, 2, 3, 1, 0, 5]
    let squares = check.evaluate { $0.tape.activationPenalty($0[x], strength: 2) }
    #expect(abs(squares.loss - 2 * 73.0 / 10) <= 1e-14)
    let changes = check.evaluate { $0.tape.temporalPenalty($0[x], strength: 3) }
    // (1,0) · (0,-3) · (-2,3): 1 + 9 + 13, over 3 pairs of 2.
    #expect(abs(changes.loss - 3 * 23.0 / 6) <= 1e-14)
    #expect(
      check.evaluate(training: false) { $0.tape.activationPenalty($0[x], strength: 2) }.loss == 0)
  }
}
