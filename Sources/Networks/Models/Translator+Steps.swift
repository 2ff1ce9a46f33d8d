import Autodiff
import Compute
import Parallel

extension Translator {
  /// Records the decoder step by step: `[target tokens, featureSize]`.
  ///
  /// - Parameter sampling: how probably a step reads the token that the model finds most probable
  ///   instead of the true one.
  func recordSteps(
    _ batch: TranslatorMinibatch, _ encoding: Encoding, _ states: [RecurrentState<S>],
    sampling: Double, on tape: Tape<S>
  ) -> Variable<S> {
    let plan = batch.targetPlan
    let sampled =
      sampling > 0 && tape.hasNoise
      ? sampledTokens.record(
        batch.inputs, probability: sampling, table: targets.table, plan: plan, on: tape) : nil
    // Rows keep their numbers from step to step: a mask of a step is that of all of them.
    let embedded =
      sampled.map { tape.steps(of: $0.tokens) }
      ?? tape.steps(
        of: dropout(
          targets.record(batch.inputs, plan: plan, on: tape), place: decoderPlace, isLocked: true,
          on: tape))
    var states = states
    var features: [Variable<S>] = []
    for step in 0..<plan.layout.stepCount {
      var x = embedded[step]
      if let sampled {
        guard case .full(let output) = output else {
          preconditionFailure("only a full output tells the most probable token in training")
        }
        // The start symbol is no choice: it is the last id.
        sampled.record(
          step, after: features.last, output, choices: configuration.outputCount - 1, on: tape)
        x = dropout(x, place: decoderPlace, isLocked: true, on: tape)
      }
      let rows = UnsafeBufferPointer(rebasing: batch.rows[..<x.value.rows])
      let result = recordStep(
        x, states: states.map { $0.narrowed(to: x.plan, on: tape) },
        fed: features.last.map { tape.narrowed($0, to: x.plan) }, encoding.memory, rows: rows,
        on: tape)
      features.append(result.features)
      states = result.states
    }
    return tape.joined(features, plan: plan)
  }

  /// Records one step of the decoder.
  ///
  /// - Parameters:
  ///   - x: `[rows, embedding]` over a plan of one step.
  ///   - fed: what the step before gave; nil at the first.
  ///   - rows: for each row that of its source.
  func recordStep(
    _ x: Variable<S>, states: [RecurrentState<S>], fed: Variable<S>?,
    _ memory: AttentionMemory<S>?, rows: UnsafeBufferPointer<Int32>, on tape: Tape<S>
  ) -> (features: Variable<S>, states: [RecurrentState<S>], weights: Matrix<S>?) {
    var input = x
    if configuration.feedsInput {
      input = tape.concatenated([x, fed ?? zeros(like: x, on: tape)])
    }
    let result = decoder.record(input, states: states.map { [$0] }, on: tape)
    let (features, weights) = attend(result.output, memory, rows: rows, on: tape)
    return (features, result.final.map { $0[0] }, weights)
  }

  /// Records one step of hypotheses, up to the logits `[rows, outputCount]`.
  ///
  /// - Parameter ids: the last token of each.
  func recordStep(
    _ ids: UnsafeBufferPointer<Int32>, plan: RowPlan, states: [RecurrentState<S>],
    fed: Variable<S>?, _ memory: AttentionMemory<S>?, rows: UnsafeBufferPointer<Int32>,
    on tape: Tape<S>
  ) -> (
    logits: Variable<S>, features: Variable<S>, states: [RecurrentState<S>], weights: Matrix<S>?
  ) {
    let x = targets.record(ids, plan: plan, on: tape)
    let fed = fed.map {
      tape.variable(value: $0.value, plan: plan, needsGradient: false)
    }
    let (features, states, weights) = recordStep(
      x, states: states, fed: fed, memory, rows: rows, on: tape)
    return (tape.logits(features, output), features, states, weights)
  }

  private func zeros(like x: Variable<S>, on tape: Tape<S>) -> Variable<S> {
    let zeros = tape.variable(
      columns: configuration.featureSize, plan: x.plan, needsGradient: false)
    zeros.value.fill(0)
    return zeros
  }
}

extension RecurrentState {
  fileprivate func narrowed(to plan: RowPlan, on tape: Tape<S>) -> RecurrentState {
    RecurrentState(h: tape.narrowed(h, to: plan), c: c.map { tape.narrowed($0, to: plan) })
  }
}
