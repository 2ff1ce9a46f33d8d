import Testing
import TestSupport
import Unroll

/// The scan over time of cells that are linear in their state, against the loop over its steps.
@Suite struct ScanTests {
  static let layouts = [
    // One row for several workers, pieces that are full, and rows that end at and around them.
    SequenceLayout(rows: 1, steps: 200), SequenceLayout(lengths: [193, 129]),
    SequenceLayout(lengths: [150, 129, 128, 128, 65, 64, 3]), SequenceLayout(rows: 3, steps: 64),
  ]

  @Test(arguments: [.minGRU, .minLSTM] as [any Cell], layouts)
  func equalsTheLoop(cell: any Cell, layout: SequenceLayout) throws {
    let loop = Problem<Double>(Self.withoutScan(cell), layout).result(workers: 2)
    for workers in [1, 2, 5] {
      let scan = Problem<Double>(cell, layout).result(workers: workers)
      #expect(scan.count == loop.count)
      let worst = zip(scan, loop).map { abs($0 - $1) / max(1, abs($1)) }.max { !($0 >= $1) } ?? 0
      #expect(worst <= 1e-14, "\(workers) workers")
    }
  }

  @Test(arguments: [.minGRU, .minLSTM] as [any Cell], layouts)
  func bitsDoNotDependOnWorkers(cell: any Cell, layout: SequenceLayout) {
    let reference = Problem<Float>(cell, layout).result(workers: 1)
    #expect(reference.allSatisfy { $0.isFinite })
    for workers in [2, 3, 8] {
      #expect(Problem<Float>(cell, layout).result(workers: workers) == reference)
    }
  }

  /// A row is the same bits alone, where pieces are shared out, and among others, where rows are.
  @Test func neighboursDoNotMatter() {
    let (alone, among) = (SequenceLayout(rows: 1, steps: 150), SequenceLayout(rows: 5, steps: 150))
    let few = ScanTests.outputs(alone, workers: 3), many = ScanTests.outputs(among, workers: 3)
    for step in 0..<150 { #expect(few[step] == many[step * 5]) }
  }

  @Test(arguments: [.minGRU, .minLSTM] as [any Cell])
  func gradients(cell: any Cell) throws {
    let problem = Problem<Double>(
      cell, SequenceLayout(lengths: [130, 66]), inputSize: 1, hiddenSize: 2)
    try problem.check.run(tolerance: 1e-8, problem.record)
  }

  /// Pre-activations at which both gates of minLSTM underflow.
  @Test func closedGatesAreNumbers() {
    let problem = Problem<Float>(.minLSTM, SequenceLayout(rows: 2, steps: 3))
    // Takes the parameters' memory.
    _ = problem.check.values
    for name in ["a.bias_ih", "b.bias_ih"] {
      problem.check.parameters.parameter(named: name)?.values = Array(
        repeating: -300, count: 3 * 19)
    }
    problem.check.parameters.pack()
    let result = problem.result(workers: 1)
    #expect(result.allSatisfy { $0.isFinite })
  }

  /// A cell that does not say it is linear.
  private struct StepByStep<Base: LinearCell>: Cell {
    let base: Base
    var name: String { base.name + "-step-by-step" }
    var stages: [CellStage] { base.stages }
    var forgetGate: Int? { base.forgetGate }
    var hasCellState: Bool { base.hasCellState }
    var keepsValue: Bool { base.keepsValue }
    func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
      base.forward(stage: stage, step)
    }
    func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
      base.backward(stage: stage, step)
    }
  }

  private static func withoutScan(_ cell: any Cell) -> any Cell {
    cell is MinGRUCell ? StepByStep(base: MinGRUCell()) : StepByStep(base: MinLSTMCell())
  }

  /// Two layers over the same input, the second from the states that the first ended with: so
  /// gradients reach initial and final states, and are added to others.
  private struct Problem<S: MatrixElement> {
    let check: OperationCheck<S>
    let input: OperationCheck<S>.Leaf
    private let layers: [RecurrentLayer<S>]

    init(
      _ cell: any Cell, _ layout: SequenceLayout, inputSize: Int = 5, hiddenSize: Int = 19
    ) {
      let check = OperationCheck<S>(layout)
      self.check = check
      input = check.leaf(columns: inputSize)
      layers = ["a.", "b."].map {
        RecurrentLayer(
          cell, inputSize: inputSize, hiddenSize: hiddenSize, prefix: $0, suffix: "",
          initialization: RecurrentInitialization(input: .normal(1), bias: .normal(1)),
          precision: .f32, in: check.parameters)
      }
    }

    func record(_ r: OperationCheck<S>.Recording) {
      let (_, final) = r.tape.recurrence(r[input], layers[0])
      r.probe(r.tape.recurrence(r[input], layers[1], initial: final).output)
    }

    /// Outputs and all gradients.
    func result(workers: Int) -> [S] {
      let result = check.evaluate(workers: workers, record)
      return result.probed[0] + result.gradient
    }
  }

  /// Outputs of a layer, the first row being the same in every layout; one list a token.
  private static func outputs(_ layout: SequenceLayout, workers: Int) -> [[Float]] {
    let problem = Problem<Float>(.minGRU, layout)
    problem.check[problem.input] = (0..<layout.tokenCount).flatMap { token in
      let (step, row) = token.quotientAndRemainder(dividingBy: layout.rowCount)
      return (0..<5).map { Float((step * 7 + row * 3 + $0) % 11) / 5 - 1 }
    }
    let values = problem.check.evaluate(workers: workers, problem.record).probed[0]
    return (0..<layout.tokenCount).map { Array(values[$0 * 19..<($0 + 1) * 19]) }
  }
}
