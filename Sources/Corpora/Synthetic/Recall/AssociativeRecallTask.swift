/// Reads items, is shown one of them again, and says the one that came after it: a list whose
/// elements point to each other.
///
/// An item is three vectors of random bits. Inputs: every item after a step with a 1 on one channel;
/// a step with a 1 on another channel, the item that is asked about, the same step again; then three
/// empty steps, at which the item that followed is asked for.
package struct AssociativeRecallTask: RecallTask {
  /// Vectors of an item.
  package static let itemLength = 3

  package let bits: Int
  /// Items, at least 2.
  package private(set) var lengths: ClosedRange<Int>
  let draws: RecallDraws

  package var inputWidth: Int { bits + 2 }
  package var outputWidth: Int { bits }
  package var longestExample: Int { (lengths.upperBound + 2) * (Self.itemLength + 1) }

  package func shortened(to share: Double) -> Self {
    var task = self
    task.lengths = lengths.shortened(to: share)
    return task
  }

  package func example(_ index: Int) -> RecallExample {
    let draws = draws.example(index)
    let (length, size) = (Self.itemLength, Self.itemLength * bits)
    let count = draws.number(in: lengths, 0)
    // Not the last: nothing follows it.
    let asked = draws.number(in: 0...count - 2, 1)
    let items = draws.bits(count * size, from: 0)
    var inputs = RecallInputs(steps: count * (length + 1) + 2 * (length + 1), width: inputWidth)
    for item in 0..<count {
      let step = item * (length + 1)
      inputs[step, bits] = 1
      inputs.write(items[item * size..<(item + 1) * size], bits: bits, at: step + 1)
    }
    let query = count * (length + 1)
    inputs[query, bits + 1] = 1
    inputs.write(items[asked * size..<(asked + 1) * size], bits: bits, at: query + 1)
    inputs[query + length + 1, bits + 1] = 1
    return RecallExample(
      inputs: inputs.values, answer: Array(items[(asked + 1) * size..<(asked + 2) * size]))
  }
}
