import Testing
import TestSupport
import Unroll

/// Operations that only move values: what goes where, and that gradients come back the same way.
@Suite struct ArrangementTests {
  static let layouts = [
    SequenceLayout(lengths: [5, 5, 3, 1]), SequenceLayout(rows: 3, steps: 4),
    SequenceLayout(rows: 1, steps: 1),
  ]

  @Test(arguments: layouts, [1, 2, 3])
  func timeReversedMirrorsEveryRow(layout: SequenceLayout, workers: Int) throws {
    let problem = OperationProblem<Double>(
      layout: layout, inputSize: 3, outputSize: 3, workers: workers
    ) { x, tape in tape.timeReversed(x) }
    let output = problem.run().output
    let input = problem.input.values
    for row in 0..<layout.rowCount {
      for step in 0..<layout.lengths[row] {
        let here = layout.offsets[step] + row
        let there = layout.offsets[layout.lengths[row] - 1 - step] + row
        #expect(output[here * 3..<here * 3 + 3] == input[there * 3..<there * 3 + 3])
      }
    }
    try problem.check()
  }

  @Test func timeReversedTwiceIsTheIdentity() {
    let problem = OperationProblem<Double>(
      layout: SequenceLayout(lengths: [6, 4, 4, 2]), inputSize: 17, outputSize: 17
    ) { x, tape in tape.timeReversed(tape.timeReversed(x)) }
    #expect(problem.run().output == problem.input.values)
  }

  /// Widths that are no multiples of a vector, and one that is.
  @Test(arguments: [(3, 16), (5, 17)])
  func concatenatedStandSideBySide(first: Int, second: Int) throws {
    let layout = SequenceLayout(lengths: [4, 2, 2])
    let generator = WideningLayer<Double>(from: first, to: second)
    let problem = OperationProblem<Double>(
      layout: layout, inputSize: first, outputSize: first + second, declare: generator.declare
    ) { x, tape in tape.concatenated([x, generator.record(x, tape)]) }
    let output = problem.run().output
    let input = problem.input.values
    for token in 0..<layout.tokenCount {
      let start = token * (first + second)
      #expect(output[start..<start + first] == input[token * first..<(token + 1) * first])
    }
    try problem.check()
  }

  @Test func sumsOfOneAndOfTwo() throws {
    try OperationProblem<Double>(
      layout: SequenceLayout(lengths: [4, 3, 1]), inputSize: 3, outputSize: 3, workers: 3
    ) { x, tape in
      let y = tape.timeReversed(x)
      return tape.sum(tape.sum(x, y), tape.sum(x, x))
    }.check()
  }

  /// A variable that is read twice by one operation, and by another before it and one after.
  @Test func gradientsOfSeveralReadersAddUp() throws {
    let problem = OperationProblem<Double>(
      layout: SequenceLayout(lengths: [4, 3, 1]), inputSize: 3, outputSize: 15, workers: 3
    ) { x, tape in
      let reversed = tape.timeReversed(x)
      let twice = tape.concatenated([x, x])
      return tape.concatenated([twice, reversed, tape.timeReversed(x), x])
    }
    try problem.check()
  }

  /// What nobody reads has no gradient, and the memory behind it is not read either.
  @Test func unreadResultsGiveNoGradient() throws {
    let problem = OperationProblem<Double>(
      layout: SequenceLayout(lengths: [4, 3, 1]), inputSize: 3, outputSize: 3
    ) { x, tape in
      let y = tape.timeReversed(x)
      _ = tape.timeReversed(x)
      _ = tape.concatenated([x, y])
      return y
    }
    try problem.check()
  }
}

/// A linear layer, so that two parts of a concatenation differ in width.
private final class WideningLayer<S: Real> {
  private let sizes: (from: Int, to: Int)
  private var layer: LinearLayer<S>?

  init(from: Int, to: Int) { sizes = (from, to) }

  func declare(in store: ParameterStore<S>) {
    layer = LinearLayer(
      "widening", inputSize: sizes.from, outputSize: sizes.to, scheme: .normal(1), precision: .f32,
      in: store)
  }

  func record(_ x: Variable<S>, _ tape: Tape<S>) -> Variable<S> {
    guard let layer else { preconditionFailure("not declared") }
    return tape.linear(x, layer)
  }
}
