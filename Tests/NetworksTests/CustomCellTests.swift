import TestSupport
import Testing
import Unroll

/// A cell that nobody below knows, neither the kernels nor the registry at first.
///
///     h(t) = ½ h(t-1) + ½ tanh(W x(t) + U h(t-1) + b)
private struct LeakyCell: Cell {
  var name: String { "leaky" }
  var stages: [CellStage] { [CellStage(blocks: 0..<1)] }
  var forgetGate: Int? { nil }
  var hasCellState: Bool { false }
  var keepsValue: Bool { false }

  func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (a, h, previous) = (step.gates.row(row), step.h.row(row), step.hPrevious.row(row))
      for u in 0..<step.groups * 16 {
        a[u] = Scalar.tanh(a[u])
        h[u] = (previous[u] + a[u]) / 2
      }
    }
  }

  func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (a, dh) = (step.gates.row(row), step.dh.row(row))
      let dhPrevious = step.dhPrevious.row(row)
      for u in 0..<step.groups * 16 {
        a[u] = dh[u] / 2 * (1 - a[u] * a[u])
        dhPrevious[u] += dh[u] / 2
      }
    }
  }
}

extension LeakyCell: FormulaCell {
  func formula(stage: Int, _ step: inout StepFormula) {
    step.h = 0.5 * step.hPrevious + 0.5 * .tanh(step.gates[0])
  }
}

@Suite struct CustomCellTests {
  @Test func gradients() throws {
    try StackProblem<Double>(
      StackConfiguration(
        cell: LeakyCell(), inputSize: 3, hiddenSize: 5, layerCount: 2, isBidirectional: true),
      layout: SequenceLayout(lengths: [4, 2, 2, 1]), workers: 2
    ).check()
  }

  @Test func learns() {
    let problem = StackProblem<Float>(
      StackConfiguration(cell: LeakyCell(), inputSize: 8, hiddenSize: 20),
      layout: SequenceLayout(rows: 4, steps: 5))
    let first = problem.run(learningRate: 0.03).loss
    for update in 1..<100 { problem.run(update: update, learningRate: 0.03) }
    #expect(problem.run().loss < first / 2)
  }

  @Test func isFoundByName() {
    #expect(Cells.named("leaky") == nil)
    Cells.register(LeakyCell())
    #expect(Cells.named("leaky") is LeakyCell)
    #expect(Cells.names.last == "leaky")
  }

  @Test func namesAreDistinct() {
    #expect(Set(Cells.names).count == Cells.all.count)
  }

  @Test func configurationsAreComparedByName() {
    func configuration(_ cell: any Cell) -> StackConfiguration {
      StackConfiguration(cell: cell, inputSize: 3, hiddenSize: 5)
    }
    #expect(configuration(LeakyCell()) == configuration(LeakyCell()))
    #expect(configuration(LeakyCell()) != configuration(.rnn))
    #expect(configuration(.rnn) != configuration(.rnnReLU))
  }
}
