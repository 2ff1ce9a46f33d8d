import Autodiff
import Compute
import Networks
import Parallel
import Runs

/// Measures a language model that goes on learning from the text it reads, after it has predicted it, and
/// that may have a cache. The weights are those of before in the end.
///
/// Source of dynamic evaluation: Krause et al., "Dynamic Evaluation of Neural Sequence Models" (2018), with
/// plain gradient descent: steps that are divided by mean squares would need the training data.
package final class AdaptedReader {
  private let segment: Segment
  private let adaptation: Adaptation
  private let team: WorkerTeam
  private let trainer: Trainer<Segment>?
  private let reader: ForwardPass<Float>
  private let cache: ContinuousCache?

  package init(_ model: LanguageModel<Float>, _ adaptation: Adaptation, team: WorkerTeam) {
    let steps = adaptation.rate == nil ? 64 : adaptation.steps
    let segment = Segment(model, steps: steps)
    self.segment = segment
    self.adaptation = adaptation
    self.team = team
    trainer = adaptation.rate.map { rate in
      Trainer(
        segment, team: team,
        optimizer: OptimizerConfiguration(
          DynamicRule(decay: adaptation.decay), learningRate: rate), hasNoise: false)
    }
    reader = ForwardPass(team, precision: model.precision)
    cache =
      adaptation.cache > 0
      ? ContinuousCache(
        size: adaptation.cache, theta: adaptation.theta, lambda: adaptation.lambda,
        width: model.configuration.stack.outputSize, atOnce: steps, team: team) : nil
  }

  /// Negative log-likelihood of all tokens of `range` but the first, in nats.
  package func nats(_ range: Range<Int>, token: (Int) -> Int32) -> Double {
    let values = segment.parameters.values
    if let start = trainer?.optimizer.moments[0] {
      start.base.update(from: values.base, count: values.count)
    }
    defer {
      if let start = trainer?.optimizer.moments[0] {
        values.base.update(from: start.base, count: values.count)
        segment.parameters.pack()
      }
    }
    let reading = Activity(total: range.count - 1, unit: .items("tokens"))
    defer { reading.end() }
    segment.states.reset()
    var nats = 0.0
    for start in stride(from: range.lowerBound, to: range.upperBound - 1, by: segment.steps) {
      if team.isCancelled { break }
      let count = min(segment.steps, range.upperBound - 1 - start)
      for step in 0..<count {
        segment.inputs.base[step] = token(start + step)
        segment.targets.base[step] = token(start + step + 1)
      }
      nats += read(count)
      reading.advance(by: count)
    }
    return nats
  }

  /// Predicts the segment, and learns from it.
  private func read(_ count: Int) -> Double {
    func figures(_ recorded: Segment.Recorded) -> [Double] {
      let terms = recorded.loss.terms
      segment.states.capture(recorded.states)
      return cache?.mix(terms, recorded.hidden.value, targets: segment.targets.base)
        ?? terms.map(Double.init)
    }
    guard let trainer, let rate = adaptation.rate else {
      return figures(reader.read { segment.record(count, on: $0) }).reduce(0, +)
    }
    guard !segment.model.configuration.output.isEstimated else {
      // What is learnt from drawn words is no likelihood. Both begin where the last segment ended.
      let exact = reader.read { segment.record(count, on: $0) }
      trainer.step(count, learningRate: rate)
      return figures(exact).reduce(0, +)
    }
    var nats = 0.0
    trainer.step(count, learningRate: rate) { nats = figures($1).reduce(0, +) }
    return nats
  }
}

/// A stretch of the text, as it is read and learnt from.
private final class Segment: TrainableModel {
  typealias Element = Float
  typealias Recorded = (
    loss: TokenLoss<Float>, states: [RecurrentState<Float>], hidden: Variable<Float>
  )

  let model: LanguageModel<Float>
  let steps: Int
  let inputs: AlignedBuffer<Int32>
  let targets: AlignedBuffer<Int32>
  let states: CarriedStates<Float>

  init(_ model: LanguageModel<Float>, steps: Int) {
    self.model = model
    self.steps = steps
    inputs = AlignedBuffer(count: steps)
    targets = AlignedBuffer(count: steps)
    states = CarriedStates(model.configuration, rows: 1)
  }

  var parameters: ParameterStore<Float> { model.parameters }
  var precision: Precision { model.precision }

  func record(_ count: Int, on tape: Tape<Float>) -> Recorded {
    let plan = tape.plan(SequenceLayout(rows: 1, steps: count))
    return model.recordHidden(
      inputs: UnsafeBufferPointer(start: inputs.base, count: count),
      targets: UnsafeBufferPointer(start: targets.base, count: count), plan: plan,
      states: states.variables(plan, on: tape), on: tape)
  }
}
