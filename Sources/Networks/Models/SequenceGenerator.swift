import Autodiff
import Compute
import Parallel

/// One sequence, step by step: feeds a model that predicts at every step, and keeps its states, so
/// that what is drawn from a prediction can be the next input (one-to-many).
///
/// Not thread-safe. Cost of a step: one product of a row with every weight matrix.
package final class SequenceGenerator<S: MatrixElement> {
  package let model: SequenceModel<S>
  private let team = WorkerTeam(count: 1)
  private let tape: Tape<S>
  private let states: CarriedStates<S>
  private let id = AlignedBuffer<Int32>(count: 1)
  private let layout = SequenceLayout(rows: 1, steps: 1)
  /// What the last step predicted: one row.
  private var prediction: Matrix<S>?

  /// Begins a sequence at states of zeros. `model` is unidirectional and predicts at every step.
  package init(_ model: SequenceModel<S>) {
    precondition(model.configuration.pooling == nil, "one prediction a sequence feeds nothing back")
    self.model = model
    tape = Tape(workers: 1, precision: model.precision)
    states = CarriedStates(model.configuration.stack, rows: 1)
    states.reset()
  }

  /// Reads the token `id` of a model of tokens.
  package func feed(id: Int32) {
    self.id.base[0] = id
    tape.begin(training: false)
    run(.tokens(UnsafeBufferPointer(self.id.elements)))
  }

  /// Reads one step of a model of vectors.
  package func feed(_ vector: [S]) {
    tape.begin(training: false)
    let input = tape.arena.matrix(rows: 1, columns: vector.count)
    input.fill(0)
    for (column, value) in vector.enumerated() { input[0, column] = value }
    run(.vectors(input))
  }

  private func run(_ input: SequenceInput<S>) {
    let plan = tape.plan(layout)
    let features = model.record(
      input, plan: plan, states: states.variables(plan, on: tape).map { [$0] }, on: tape)
    let outputs = model.outputs(features, on: tape)
    team.run { [tape] worker in tape.forward(worker) }
    states.capture(features.stack.final.map { $0[0] })
    prediction = outputs.value
  }

  /// The outputs of the last step, before any nonlinearity; valid until the next is fed.
  package var outputs: UnsafeBufferPointer<S> {
    guard let prediction else { preconditionFailure("nothing was read yet") }
    return UnsafeBufferPointer(start: prediction.base, count: prediction.columns)
  }
}
