/// Says vectors again several times, and then that it has finished: a loop with a counter.
///
/// Inputs: n vectors of random bits; a step with a 1 on one channel and, on another, how often,
/// normalised to mean 0 and variance 1; then empty steps. Answer: the vectors r times over, and a
/// last step that has a 1 on a channel of its own and no bits.
package struct RepeatCopyTask: RecallTask {
  package let bits: Int
  package private(set) var lengths: ClosedRange<Int>
  package private(set) var repeats: ClosedRange<Int>
  /// What counts are normalised by.
  package let scale: ClosedRange<Int>
  let draws: RecallDraws

  package var inputWidth: Int { bits + 2 }
  package var outputWidth: Int { bits + 1 }
  package var longestExample: Int { (repeats.upperBound + 1) * lengths.upperBound + 2 }

  /// Counts mean what they meant.
  package func shortened(to share: Double) -> Self {
    var task = self
    task.lengths = lengths.shortened(to: share)
    task.repeats = repeats.shortened(to: share)
    return task
  }

  package func example(_ index: Int) -> RecallExample {
    let draws = draws.example(index)
    let count = draws.number(in: lengths, 0)
    let times = draws.number(in: repeats, 1)
    let vectors = draws.bits(count * bits, from: 0)
    var inputs = RecallInputs(steps: count + 1 + times * count + 1, width: inputWidth)
    inputs.write(vectors[...], bits: bits, at: 0)
    inputs[count, bits] = 1
    inputs[count, bits + 1] = normalized(times)
    var answer = RecallInputs(steps: times * count + 1, width: outputWidth)
    for time in 0..<times { answer.write(vectors[...], bits: bits, at: time * count) }
    answer[times * count, bits] = 1
    return RecallExample(inputs: inputs.values, answer: answer.values)
  }

  /// Of numbers that are equally likely in a range the variance is (count² - 1) / 12.
  private func normalized(_ times: Int) -> Float {
    let mean = Double(scale.lowerBound + scale.upperBound) / 2
    let count = Double(scale.count)
    let deviation = ((count * count - 1) / 12).squareRoot()
    return deviation == 0 ? 0 : Float((Double(times) - mean) / deviation)
  }
}
