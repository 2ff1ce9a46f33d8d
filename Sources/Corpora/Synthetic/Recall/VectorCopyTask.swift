/// Reads vectors and says them again, all of them, once a delimiter has come.
///
/// Inputs: n vectors of random bits; a step with a 1 on a channel of its own; n empty steps, at which
/// the vectors are asked for in their order. (`CopyTask` is another: ten symbols over a long delay.)
package struct VectorCopyTask: RecallTask {
  package let bits: Int
  package private(set) var lengths: ClosedRange<Int>
  let draws: RecallDraws

  package var inputWidth: Int { bits + 1 }
  package var outputWidth: Int { bits }
  package var longestExample: Int { 2 * lengths.upperBound + 1 }

  package func shortened(to share: Double) -> Self {
    var task = self
    task.lengths = lengths.shortened(to: share)
    return task
  }

  package func example(_ index: Int) -> RecallExample {
    let draws = draws.example(index)
    let count = draws.number(in: lengths, 0)
    let vectors = draws.bits(count * bits, from: 0)
    var inputs = RecallInputs(steps: 2 * count + 1, width: inputWidth)
    inputs.write(vectors[...], bits: bits, at: 0)
    inputs[count, bits] = 1
    return RecallExample(inputs: inputs.values, answer: vectors)
  }
}
