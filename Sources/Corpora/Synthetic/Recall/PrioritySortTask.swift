/// Reads vectors with priorities and says those of highest priority, highest first.
///
/// Inputs: n vectors of random bits, each with a number uniform in [-1, 1) on a channel of its own; a
/// step with a 1 on another channel; then four empty steps for every five vectors (at least one), at
/// which the vectors are asked for: 16 of 20, as in the paper.
package struct PrioritySortTask: RecallTask {
  package let bits: Int
  package private(set) var lengths: ClosedRange<Int>
  let draws: RecallDraws

  package var inputWidth: Int { bits + 2 }
  package var outputWidth: Int { bits }
  package var longestExample: Int {
    lengths.upperBound + 1 + Self.answerCount(of: lengths.upperBound)
  }

  /// Vectors asked for of `count`.
  package static func answerCount(of count: Int) -> Int { max(1, 4 * count / 5) }

  package func shortened(to share: Double) -> Self {
    var task = self
    task.lengths = lengths.shortened(to: share)
    return task
  }

  package func example(_ index: Int) -> RecallExample {
    let draws = draws.example(index)
    let count = draws.number(in: lengths, 0)
    let vectors = draws.bits(count * bits, from: 0)
    let priorities = (0..<count).map { draws.signed(1 + $0) }
    // Equal priorities, one pair in millions, keep the order they came in.
    let order = priorities.indices.sorted { (-priorities[$0], $0) < (-priorities[$1], $1) }
      .prefix(Self.answerCount(of: count))
    var inputs = RecallInputs(steps: count + 1 + order.count, width: inputWidth)
    inputs.write(vectors[...], bits: bits, at: 0)
    for (step, priority) in priorities.enumerated() { inputs[step, bits] = priority }
    inputs[count, bits + 1] = 1
    return RecallExample(
      inputs: inputs.values,
      answer: order.flatMap { vectors[$0 * bits..<($0 + 1) * bits] })
  }
}
