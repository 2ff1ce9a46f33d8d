import Foundation

/// Tells in which order two marks came, among many distractors.
///
/// Symbols: 0 ... 3 distractors a to d, 4 X, 5 Y, 6 the start E, 7 the end B. One mark, X or Y with
/// equal chance, stands at a step in [T/10, T/5], another in [T/2, 3T/5]; the class is XX 0, XY 1,
/// YX 2, YY 3. Without memory the loss is ln 4.
/// Source: Hochreiter & Schmidhuber, "Long Short-Term Memory" (1997), task 6a, where T is 100 to
/// 110 and the marks stand in 10 ... 20 and 50 ... 60; scaled to any T as by Pascanu, Mikolov &
/// Bengio (2013).
package struct TemporalOrderTask: SyntheticTask {
  package let stepCount: Int
  package let seed: UInt64

  /// - Parameter length: steps with start and end, at least 5.
  package init(length: Int, seed: UInt64) {
    precondition(length >= 5, "temporal order over \(length) steps")
    stepCount = length
    self.seed = seed
  }

  package var inputs: SyntheticInputs { .symbols(count: 8) }
  package var targets: SyntheticTargets { .lastClass(count: 4) }
  package var memorylessLoss: Double { log(4) }

  package func example(_ index: Int) -> SyntheticExample {
    let draws = SyntheticTaskKind.temporalOrder.draws(seed: seed, example: index)
    var example = SyntheticExample()
    example.symbols = (0..<stepCount).map { Int32(draws.number(below: 4, $0)) }
    example.symbols[0] = 6
    example.symbols[stepCount - 1] = 7
    func mark(_ range: ClosedRange<Int>, _ draw: Int) -> Int32 {
      let step = range.lowerBound + draws.number(below: range.count, stepCount + draw)
      let mark = Int32(draws.number(below: 2, stepCount + draw + 1))
      example.symbols[step] = 4 + mark
      return mark
    }
    // In short sequences the first mark keeps clear of the start.
    let first = mark(max(1, stepCount / 10)...max(1, stepCount / 5), 0)
    let second = mark(stepCount / 2...max(stepCount / 2, stepCount * 3 / 5), 2)
    example.classes = [2 * first + second]
    return example
  }
}
