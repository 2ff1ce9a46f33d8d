import Autodiff
import Compute
import Parallel

/// One text, token by token: feeds a model, keeps its states, draws from its predictions.
///
/// Not thread-safe. Cost of a token: one product of a row with every weight matrix.
package final class LanguageModelGenerator<S: MatrixElement> {
  private let model: LanguageModel<S>
  private let team: WorkerTeam
  private let tape: Tape<S>
  private let states: CarriedStates<S>
  private let input = AlignedBuffer<Int32>(count: 1)
  private let random: RandomStream
  private var drawn = 0
  private var logits: Matrix<S>?

  package init(_ model: LanguageModel<S>, seed: UInt64) {
    self.model = model
    team = WorkerTeam(count: 1)
    tape = Tape(workers: 1, precision: model.precision)
    states = CarriedStates(model.configuration, rows: 1)
    random = RandomStream(seed: seed, purpose: .sampling)
  }

  /// Reads one token; the prediction of the next is then ready.
  package func feed(_ id: Int32) {
    input.base[0] = id
    tape.begin(training: false)
    let plan = tape.plan(SequenceLayout(rows: 1, steps: 1))
    let (logits, final) = model.recordLogits(
      inputs: UnsafeBufferPointer(input.elements), plan: plan,
      states: states.variables(plan, on: tape), on: tape)
    team.run { [tape] worker in tape.forward(worker) }
    states.capture(final)
    self.logits = logits.value
  }

  /// Draws the next token from the last prediction, without reading it.
  package func draw(_ rule: SamplingRule) -> Int32 {
    guard let logits else { preconditionFailure("nothing was read yet") }
    let u = Double(random.uniform(row: 0, index: drawn))
    drawn += 1
    return Int32(
      rule.draw(UnsafeBufferPointer(start: logits.base, count: logits.columns), u: u))
  }
}
