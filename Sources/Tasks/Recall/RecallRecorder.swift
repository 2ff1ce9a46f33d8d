import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// Puts recall examples on a tape.
final class RecallRecorder {
  let model: RecallModel<Float>
  /// One a token: whether it belongs to an answer. Stays until the next minibatch.
  private var weights = AlignedBuffer<Float>(count: 64)

  init(_ model: RecallModel<Float>) { self.model = model }

  /// Records the examples `rows`, longest first; the loss is nats a sequence.
  func record(
    _ examples: RecallExamples, rows: [Int], on tape: Tape<Float>
  ) -> (loss: Loss<Float>, memory: ExternalMemory<Float>?, plan: RowPlan) {
    let lengths = examples.lengths
    let layout = SequenceLayout(lengths: rows.map { lengths[$0] })
    let tokens = layout.tokenCount
    if weights.count < tokens { weights = AlignedBuffer(count: max(tokens, 2 * weights.count)) }
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] {
        weights.base[layout.offsets[step] + row] = examples.isAnswer(rows[row], step: step) ? 1 : 0
      }
    }
    func packed(_ sequences: VectorSequences) -> Matrix<Float> {
      let matrix = tape.arena.matrix(rows: tokens, columns: sequences.width)
      sequences.pack(rows, into: matrix.base, stride: matrix.stride)
      return matrix
    }
    let plan = tape.plan(layout)
    let (loss, memory) = model.record(
      inputs: packed(examples.inputs), targets: packed(examples.targets),
      answerWeights: UnsafeBufferPointer(start: weights.base, count: tokens), plan: plan,
      scale: 1 / Double(rows.count), on: tape)
    return (loss, memory, plan)
  }
}
