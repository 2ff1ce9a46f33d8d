import Testing
import Unroll

/// A small language model with one minibatch and initial states: what gradient checks, golden
/// values and determinism tests are made on.
package final class LanguageModelProblem<S: MatrixElement>: TestProblem {
  package let model: LanguageModel<S>
  package let layout: SequenceLayout
  package let trainer: Trainer<RecordedModel<S, Recorded>>
  /// One id a token, in token order.
  package var inputs: [Int32]
  package var targets: [Int32]
  /// One `[rows · hidden]` a layer.
  package var initialH: [[S]]
  package var initialC: [[S]]

  /// The loss, and the states before and after.
  package typealias Recorded = (
    loss: TokenLoss<S>, initial: [RecurrentState<S>], final: [RecurrentState<S>]
  )

  package struct Result {
    package let loss: Double
    package let gradientNorm: Double
    /// h of the top layer, `[tokens · hidden]`.
    package let terms: [S]
    package let finalH: [[S]]
    package let finalC: [[S]]
    package let initialHGradient: [[S]]
    package let initialCGradient: [[S]]
  }

  package init(
    _ configuration: LanguageModelConfiguration, layout: SequenceLayout, workers: Int = 1,
    optimizer: OptimizerConfiguration = .adam(learningRate: 2e-3),
    clipping: Clipping = Clipping(), precision: Precision = .f32, seed: UInt64 = 7
  ) {
    model = LanguageModel(configuration, precision: precision).allocated(seed: seed)
    self.layout = layout
    trainer = Trainer(
      recording: model.parameters, workers: workers, optimizer: optimizer, clipping: clipping,
      precision: precision, seed: seed)
    let random = RandomStream(seed: seed, purpose: .generator)
    let vocabulary = UInt32(configuration.vocabularySize)
    inputs = (0..<layout.tokenCount).map { Int32(random.word(row: 0, index: $0) % vocabulary) }
    targets = (0..<layout.tokenCount).map { Int32(random.word(row: 1, index: $0) % vocabulary) }
    let count = layout.rowCount * configuration.hiddenSize
    func states(_ row: Int) -> [[S]] {
      (0..<configuration.layerCount).map { layer in
        (0..<count).map { S(random.uniform(row: row + 10 * layer, index: $0)) - 0.5 }
      }
    }
    initialH = states(2)
    initialC = configuration.cell.hasCellState ? states(3) : []
  }

  /// Runs forward and backward and leaves the gradients in the store; steps the weights if
  /// `learningRate` is given.
  @discardableResult
  package func run(update: Int = 0, learningRate: Double? = nil) -> Result {
    inputs.withUnsafeBufferPointer { inputs in
      targets.withUnsafeBufferPointer { targets in
        let (result, recorded) = trainer.run(update: update, learningRate: learningRate) { tape in
          let plan = tape.plan(self.layout)
          let states = self.initialStates(plan, on: tape)
          let (loss, final) = self.model.record(
            inputs: inputs, targets: targets, plan: plan, states: states, on: tape)
          return (loss, states, final)
        }
        return Result(
          loss: result.loss, gradientNorm: result.gradientNorm, terms: recorded.loss.terms,
          finalH: recorded.final.map { $0.h.value.values },
          finalC: recorded.final.compactMap { $0.c?.value.values },
          initialHGradient: recorded.initial.compactMap { $0.h.gradient?.values },
          initialCGradient: recorded.initial.compactMap { $0.c?.gradient?.values })
      }
    }
  }

  package func initialStates(_ plan: RowPlan, on tape: Tape<S>) -> [RecurrentState<S>] {
    func variable(_ values: [S]) -> Variable<S> {
      let variable = tape.variable(
        columns: model.configuration.hiddenSize, plan: plan, extent: .sequences)
      variable.value.fill(0)
      variable.value.assign(values)
      return variable
    }
    return initialH.indices.map { layer in
      RecurrentState(
        h: variable(initialH[layer]), c: initialC.isEmpty ? nil : variable(initialC[layer]))
    }
  }
}

extension LanguageModelProblem<Double> {
  /// The gradients of the last run are those of its loss.
  package func expectGradients(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try expectGradient(
      gradients,
      matches: {
        weights = $0
        return run().loss
      }, at: weights, sourceLocation: sourceLocation)
  }

  /// What is drawn from is a distribution over all tokens, and the loss in training is of the same one.
  package func expectLossOfTheDistribution() {
    let terms = run().terms
    let tape = Tape<Double>(workers: 1)
    tape.begin(training: false)
    let plan = tape.plan(layout)
    let states = initialStates(plan, on: tape)
    inputs.withUnsafeBufferPointer { inputs in
      let (logits, _) = model.recordLogits(inputs: inputs, plan: plan, states: states, on: tape)
      WorkerTeam(count: 1).run { tape.forward($0) }
      for (token, target) in targets.enumerated() {
        let row = (0..<model.configuration.vocabularySize).map { logits.value[token, $0] }
        #expect(abs(row.reduce(0) { $0 + Scalar.exp($1) } - 1) < 1e-12)
        #expect(abs(row[Int(target)] + terms[token]) < 1e-12)
      }
    }
  }
}
