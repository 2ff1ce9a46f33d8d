import Autodiff
import Compute
import Corpora
import Parallel

extension Tape<Float> {
  /// Some sequences, longest first, as a variable without a gradient.
  func features(_ sequences: VectorSequences, _ rows: [Int]) -> Variable<Float> {
    let layout = SequenceLayout(
      lengths: rows.map { sequences.starts[$0 + 1] - sequences.starts[$0] })
    let values = arena.matrix(rows: layout.tokenCount, columns: sequences.width)
    sequences.pack(rows, into: values.base, stride: values.stride)
    return variable(value: values, plan: plan(layout), needsGradient: false)
  }
}
