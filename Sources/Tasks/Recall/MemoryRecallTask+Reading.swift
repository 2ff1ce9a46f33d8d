import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

extension MemoryRecallTask {
  /// Sequences read at a time: the memory of each is kept for all of its steps.
  static var readSize: Int { 16 }

  /// Mean loss and errors a sequence. A bit is wrong if it is thought the less likely one.
  func score(_ examples: RecallExamples, sequencesSeen: Int? = nil) -> Score {
    var (nats, errors, bits, flawless) = (0.0, 0, 0, 0)
    pass.read(examples.lengths, size: Self.readSize) {
      recorder.record(examples, rows: $0, on: $1)
    } visit: { rows, recorded in
      nats += recorded.loss.sum
      for (row, example) in rows.enumerated() {
        let wrong = errorCount(examples, example, row, recorded.loss, recorded.plan.layout)
        errors += wrong
        flawless += wrong == 0 ? 1 : 0
        bits += examples.answerLengths[example] * examples.targets.width
      }
    }
    let count = Double(examples.count)
    let figures = [
      Figure("bits", nats / count / log(2), .bits, .lowerIsBetter),
      Figure("bit_errors", Double(errors) / count, .count, .lowerIsBetter),
      Figure("flawless", Double(flawless) / count, .share, .higherIsBetter),
      Figure("answer_bits", Double(bits) / count, .count, nil),
    ]
    return Score(
      loss: nats / count,
      figures: figures
        + (sequencesSeen.map { [Figure("sequences", Double($0), .count, nil)] } ?? []),
      count: examples.count,
      text: String(
        format: "%.4f bits a sequence  %.4f of %.1f bits wrong  %.1f %% without an error",
        figures[0].value, figures[1].value, figures[3].value, 100 * figures[2].value))
  }

  private func errorCount(
    _ examples: RecallExamples, _ example: Int, _ row: Int, _ loss: Loss<Float>,
    _ layout: SequenceLayout
  ) -> Int {
    guard let logits = loss.outputs else { return 0 }
    let (targets, width) = (examples.targets[example], examples.targets.width)
    var errors = 0
    for step in layout.lengths[row] - examples.answerLengths[example]..<layout.lengths[row] {
      let outputs = logits.row(layout.offsets[step] + row)
      for bit in 0..<width
      where (outputs[bit] > 0) != (targets[targets.startIndex + step * width + bit] > 0.5) {
        errors += 1
      }
    }
    return errors
  }

  /// What the model did at each step of the first example; nil for a model without a memory.
  func trace(_ examples: RecallExamples, shape: MemoryShape) -> MemoryTrace? {
    let (loss, memory, plan) = pass.read { recorder.record(examples, rows: [0], on: $0) }
    guard let memory, let logits = loss.outputs else { return nil }
    let steps = 0..<plan.layout.stepCount
    func columns(_ sequences: VectorSequences) -> [[Float]] {
      let (values, width) = (Array(sequences[0]), sequences.width)
      return steps.map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
    func weights(_ head: Int) -> [[Float]] {
      steps.map { step in
        let row = memory.weights.row(memory.current(0, at: step)) + head * shape.slotCount
        return Array(UnsafeBufferPointer(start: row, count: shape.slotCount))
      }
    }
    return MemoryTrace(
      inputs: columns(examples.inputs), targets: columns(examples.targets),
      outputs: steps.map { step in
        (0..<logits.columns).map { bit in
          examples.isAnswer(0, step: step) ? 1 / (1 + exp(-logits[step, bit])) : 0
        }
      },
      reads: (0..<shape.readHeadCount).map(weights),
      writes: (shape.readHeadCount..<shape.headCount).map(weights))
  }
}
