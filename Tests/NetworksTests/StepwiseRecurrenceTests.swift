import Testing
import TestSupport
import Unroll

/// A recurrent layer that is recorded step by step, as decoders and memory networks need it, against
/// the same layer as one operation over whole sequences.
@Suite struct StepwiseRecurrenceTests {
  @Test(arguments: [.lstm, .gru, .gruResetBefore, .lstmPeephole, .rnn] as [any Cell])
  func equalsTheFusedOperation(cell: any Cell) throws {
    let layout = SequenceLayout(lengths: [6, 6, 4, 3, 1])
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 5)
    let h = check.leaf(columns: 18, extent: .sequences)
    let c = check.leaf(columns: 18, extent: .sequences)
    let layer = RecurrentLayer(
      cell, inputSize: 5, hiddenSize: 18, prefix: "", suffix: "",
      initialization: RecurrentInitialization(), precision: .f32, in: check.parameters)
    func start(_ r: OperationCheck<Double>.Recording) -> RecurrentState<Double> {
      RecurrentState(h: r[h], c: cell.hasCellState ? r[c] : nil)
    }
    let whole = check.evaluate { r in
      r.probe(r.tape.recurrence(r[x], layer, initial: start(r)).output)
    }
    for workers in [1, 2, 3] {
      let stepwise = check.evaluate(workers: workers) { r in
        var state = start(r)
        let outputs = r.tape.steps(of: r[x]).map { input in
          let initial = RecurrentState(
            h: r.tape.narrowed(state.h, to: input.plan),
            c: state.c.map { r.tape.narrowed($0, to: input.plan) })
          let (output, final) = r.tape.recurrence(input, layer, initial: initial)
          state = final
          return output
        }
        r.probe(r.tape.joined(outputs, plan: r.plans[0]))
      }
      #expect(stepwise.probed == whole.probed)
      #expect(stepwise.gradient.count == whole.gradient.count)
      let worst = zip(stepwise.gradient, whole.gradient).map { abs($0 - $1) }.max { !($0 >= $1) }
      #expect((worst ?? .nan) <= 1e-13)
    }
  }
}
