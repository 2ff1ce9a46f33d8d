import Autodiff
import Compute
import Corpora
import Networks
import Parallel
import Runs

/// Puts recall examples on a tape.
final class RecallRecorder {
  let model: RecallModel<Float>
  /// One a token: whether it belongs to an answer. Stays until the next minibatch.
  private var weights = AlignedBuffer<Float>(count: 64)

  init(_ model: RecallModel<Float>) { self.model = model }

  typealias Recorded = (loss: Loss<Float>, memory: ExternalMemory<Float>?, plan: RowPlan)

  /// Records the examples `rows`, longest first; the loss is nats a sequence.
  func record(_ examples: RecallExamples, rows: [Int], on tape: Tape<Float>) -> Recorded {
    let lengths = examples.lengths
    let layout = SequenceLayout(lengths: rows.map { lengths[$0] })
    func packed(_ sequences: VectorSequences) -> Matrix<Float> {
      let matrix = tape.arena.matrix(rows: layout.tokenCount, columns: sequences.width)
      sequences.pack(rows, into: matrix.base, stride: matrix.stride)
      return matrix
    }
    let recorded = record(packed(examples.inputs), packed(examples.targets), layout, on: tape)
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] {
        weights.base[layout.offsets[step] + row] = examples.isAnswer(rows[row], step: step) ? 1 : 0
      }
    }
    return recorded
  }

  /// Records the memory of `rows` sequences, each as long as can be; nothing is written to it.
  ///
  /// Throws a `UserError` if what is read and asked for is alone more than the machine has: step by
  /// step, the rest would take for ever to be recorded.
  func record(longestOf task: any RecallTask, rows: Int, on tape: Tape<Float>) throws {
    try MemoryEstimate.check(
      minibatchOf: Double(rows) * Double(task.longestExample)
        * Double(task.inputWidth + task.outputWidth))
    let layout = SequenceLayout(rows: rows, steps: task.longestExample)
    let inputs = tape.arena.matrix(rows: layout.tokenCount, columns: task.inputWidth)
    let targets = tape.arena.matrix(rows: layout.tokenCount, columns: task.outputWidth)
    _ = record(inputs, targets, layout, on: tape)
  }

  private func record(
    _ inputs: Matrix<Float>, _ targets: Matrix<Float>, _ layout: SequenceLayout,
    on tape: Tape<Float>
  ) -> Recorded {
    let tokens = layout.tokenCount
    if weights.count < tokens { weights = AlignedBuffer(count: max(tokens, 2 * weights.count)) }
    let plan = tape.plan(layout)
    let (loss, memory) = model.record(
      inputs: inputs, targets: targets,
      answerWeights: UnsafeBufferPointer(start: weights.base, count: tokens), plan: plan,
      scale: 1 / Double(tape.total(of: layout.rowCount)), on: tape)
    return (loss, memory, plan)
  }
}
