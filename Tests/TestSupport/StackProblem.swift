import Testing
import Unroll

/// A stack of recurrent layers with one minibatch: embedding → stack → softmax over every token,
/// and a second softmax over all final states, so that gradients enter at every place they can.
package final class StackProblem<S: MatrixElement>: TestProblem {
  package let stack: RecurrentStack<S>
  package let layout: SequenceLayout
  package let trainer: Trainer<RecordedModel<S, Recorded>>
  /// One `[rows · state columns]` a layer, direction and state (h, then c).
  package var initial: [[S]]
  private let table: Parameter<S>
  private let tokenIndex: TokenIndex
  private let output: LinearLayer<S>
  private let finalOutput: LinearLayer<S>?
  /// One id a token, in token order.
  package var inputs: [Int32]
  package var targets: [Int32]

  /// The top layer, and the states before and after, layer by layer and direction by direction.
  package typealias Recorded = (
    output: Variable<S>, initial: [Variable<S>], final: [RecurrentState<S>]
  )

  package struct Result {
    package let loss: Double
    /// h of the top layer, `[tokens · outputSize]`.
    package let outputs: [S]
    /// Layer by layer and direction by direction.
    package let finalH: [[S]]
    package let finalC: [[S]]
    /// In the order of `initial`.
    package let initialGradients: [[S]]
  }

  /// - Parameter readsFinalStates: whether the second softmax is there.
  package init(
    _ configuration: StackConfiguration, vocabulary: Int = 7, layout: SequenceLayout,
    workers: Int = 1, division: TeamDivision = .automatic, readsFinalStates: Bool = true,
    precision: Precision = .f32,
    optimizer: OptimizerConfiguration = .adam(learningRate: 2e-3),
    clipping: Clipping = Clipping(), seed: UInt64 = 7
  ) {
    self.layout = layout
    let store = ParameterStore<S>()
    table = store.add(
      "embedding.weight", shape: [vocabulary, configuration.inputSize], role: .vocabulary,
      initializer: .normal(1))
    tokenIndex = TokenIndex(idCount: vocabulary)
    stack = RecurrentStack(configuration, precision: precision, in: store)
    output = LinearLayer(
      "output", inputSize: stack.outputSize, outputSize: vocabulary, scheme: .pytorch,
      precision: precision, in: store)
    let layers = configuration.layerCount
    finalOutput =
      readsFinalStates
      ? LinearLayer(
        "final",
        inputSize: configuration.stateSizes.reduce(0, +) * layers * configuration.directionCount,
        outputSize: 3, scheme: .normal(0.5),
        precision: precision, in: store) : nil
    store.allocate(seed: seed)
    trainer = Trainer(
      recording: store, workers: workers, division: division, optimizer: optimizer,
      clipping: clipping,
      precision: precision, seed: seed)
    let random = RandomStream(seed: seed, purpose: .generator)
    func ids(_ row: Int) -> [Int32] {
      (0..<layout.tokenCount).map {
        Int32(random.word(row: row, index: $0) % UInt32(vocabulary))
      }
    }
    (inputs, targets) = (ids(0), ids(1))
    initial = (0..<layers * configuration.directionCount).flatMap { layer in
      configuration.stateSizes.enumerated().map { state, size in
        (0..<layout.rowCount * size).map {
          S(random.uniform(row: 2 + 2 * layer + state, index: $0)) - 0.5
        }
      }
    }
  }

  /// Runs forward and backward and leaves the gradients in the store; steps the weights if
  /// `learningRate` is given.
  @discardableResult
  package func run(update: Int = 0, learningRate: Double? = nil) -> Result {
    let rows = (0..<layout.rowCount).map { Int32($0 % 3) }
    return inputs.withUnsafeBufferPointer { inputs in
      targets.withUnsafeBufferPointer { targets in
        rows.withUnsafeBufferPointer { rows in
          let (result, recorded) = trainer.run(update: update, learningRate: learningRate) {
            self.record(inputs: inputs, targets: targets, finalTargets: rows, on: $0)
          }
          return Result(
            loss: result.loss, outputs: recorded.output.value.values,
            finalH: recorded.final.map { $0.h.value.values },
            finalC: recorded.final.compactMap { $0.c?.value.values },
            initialGradients: recorded.initial.compactMap { $0.gradient?.values })
        }
      }
    }
  }

  private func record(
    inputs: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>,
    finalTargets: UnsafeBufferPointer<Int32>, on tape: Tape<S>
  ) -> Recorded {
    let plan = tape.plan(layout)
    let configuration = stack.configuration
    let sizes = configuration.stateSizes
    let variables = initial.enumerated().map { number, values in
      let variable = tape.variable(
        columns: sizes[number % sizes.count], plan: plan, extent: .sequences)
      variable.value.fill(0)
      variable.value.assign(values)
      return variable
    }
    let directions = configuration.directionCount
    let states = (0..<configuration.layerCount).map { layer in
      (0..<directions).map { direction -> RecurrentState<S>? in
        let first = (layer * directions + direction) * sizes.count
        return RecurrentState(
          h: variables[first], c: sizes.count > 1 ? variables[first + 1] : nil)
      }
    }
    let x = tape.embedding(inputs, table: table, index: tokenIndex, plan: plan)
    let result = stack.record(x, states: states, on: tape)
    _ = tape.softmaxCrossEntropy(
      result.output, targets: targets, output, scale: 1 / Double(targets.count))
    let final = Array(result.final.joined())
    if let finalOutput {
      let all = final.flatMap { [$0.h] + ($0.c.map { [$0] } ?? []) }
      _ = tape.softmaxCrossEntropy(
        tape.concatenated(all), targets: finalTargets, finalOutput, scale: 0.7)
    }
    return (result.output, variables, final)
  }
}

extension StackProblem<Double> {
  /// Central differences over every parameter and every initial state.
  ///
  /// - Parameter step: smaller where the loss is more curved.
  package func check(step: Double = 1e-5) throws {
    let result = run()
    let start = weights
    try expectGradient(
      gradients,
      matches: {
        self.weights = $0
        return self.run().loss
      }, at: start, step: step)
    weights = start
    for number in initial.indices {
      let state = initial[number]
      try expectGradient(
        result.initialGradients[number],
        matches: {
          self.initial[number] = $0
          return self.run().loss
        }, at: state, step: step)
      initial[number] = state
    }
  }
}
