import Autodiff
import Compute
import Networks
import Parallel
import Runs
import TestSupport
import Testing

/// Stacks that a language model cannot have, against PyTorch. Values are compared relative to 1,
/// gradients relative to the largest of their parameter, as in `GoldenTests`.
@Suite struct StackGoldenTests {
  static let names = ["lstm-bidirectional-lengths", "lstm-projection-lengths"]

  @Test(arguments: names, [1, 2])
  func inDouble(name: String, workers: Int) throws {
    try check(Golden.load(name), Double.self, values: 1e-8, gradients: 1e-8, workers: workers)
  }

  @Test(arguments: names, [1, 2])
  func inFloat(name: String, workers: Int) throws {
    try check(Golden.load(name), Float.self, values: 1e-6, gradients: 3e-6, workers: workers)
  }

  private func check<S: MatrixElement>(
    _ golden: Golden, _: S.Type, values: Double, gradients: Double, workers: Int
  ) throws {
    let problem = try self.problem(golden, S.self, workers: workers)
    let result = problem.run()
    expectClose([result.loss], [golden.loss], values, "loss")
    expectClose(
      result.outputs, golden.realOutputs(columns: problem.stack.outputSize), values, "outputs")
    expectClose(result.finalH.joined(), golden.finalHidden, values, "final h")
    expectClose(result.finalC.joined(), golden.finalCell ?? [], values, "final c")
    let isState = { (kind: Int) in
      result.initialGradients.indices.filter { $0 % problem.stateCount == kind }
    }
    expectClose(
      isState(0).flatMap { result.initialGradients[$0] }, golden.initialHiddenGradient, gradients,
      "dh(0)", relativeToLargest: true)
    if let expected = golden.initialCellGradient {
      expectClose(
        isState(1).flatMap { result.initialGradients[$0] }, expected, gradients, "dc(0)",
        relativeToLargest: true)
    }
    for parameter in problem.store.parameters {
      expectClose(
        (0..<parameter.count).map { parameter.gradient[$0] },
        try #require(golden.gradients[parameter.name]), gradients, parameter.name,
        relativeToLargest: true)
    }
    for updates in golden.updates {
      let problem = try self.problem(
        golden, S.self, workers: workers, optimizer: try updates.configuration,
        clipping: Clipping(norm: updates.clip ?? 0))
      let losses = updates.losses.indices.map {
        problem.run(update: $0, learningRate: updates.options.lr).loss
      }
      expectClose(losses, updates.losses, values, "losses of \(updates.name)")
      for parameter in problem.store.parameters {
        expectClose(
          parameter.values, try #require(updates.weights[parameter.name]), 10 * values,
          "\(parameter.name) after \(updates.name)")
      }
    }
  }

  private func problem<S: MatrixElement>(
    _ golden: Golden, _: S.Type, workers: Int,
    optimizer: OptimizerConfiguration = .sgd(learningRate: 2e-3),
    clipping: Clipping = Clipping()
  ) throws -> StackProblem<S> {
    let `case` = golden.case
    let problem = StackProblem<S>(
      StackConfiguration(
        cell: try #require(Cells.named(`case`.cell)), inputSize: `case`.embedding,
        hiddenSize: `case`.hidden, layerCount: `case`.layers,
        projectionSize: `case`.projection ?? 0, isBidirectional: `case`.directions == 2),
      vocabulary: `case`.vocabulary, layout: golden.layout, workers: workers,
      readsFinalStates: false, optimizer: optimizer, clipping: clipping)
    let parameters = problem.store.parameters
    #expect(parameters.map(\.name) == golden.parameters.map(\.name))
    #expect(parameters.map(\.shape) == golden.parameters.map(\.shape))
    for (number, parameter) in parameters.enumerated() {
      parameter.values = (0..<parameter.count).map {
        S(golden.weight(parameter: number, element: $0))
      }
    }
    problem.store.pack()
    problem.inputs = golden.tokens(golden.layout, window: 0, shift: 0)
    problem.targets = golden.tokens(golden.layout, window: 0, shift: 1)
    for number in problem.initial.indices {
      let (layer, state) = number.quotientAndRemainder(dividingBy: problem.stateCount)
      problem.initial[number] =
        state == 0
        ? golden.initialState(layer: layer, columns: `case`.projection, 0.3, 0.61, 0.2)
        : golden.initialState(layer: layer, 0.3, 0.53, 0.9)
    }
    return problem
  }
}

extension StackProblem {
  /// 2 where the cell carries c beside h.
  fileprivate var stateCount: Int { stack.configuration.stateSizes.count }
}

extension Golden {
  /// The outputs of real tokens, in token order: the file has `[steps, batch, columns]`.
  fileprivate func realOutputs(columns: Int) -> [Double] {
    (0..<layout.stepCount).flatMap { step in
      (0..<layout.activeRows[step]).flatMap { row in
        let start = (step * `case`.batch + row) * columns
        return outputs[start..<start + columns]
      }
    }
  }
}
