import Foundation

/// Repeats ten symbols after a long delay.
///
/// Symbols 0 ... 7 are data, 8 is the blank, 9 the signal to start. Inputs: 10 data symbols, T − 1
/// blanks, the signal, 10 blanks. Targets: T + 10 blanks, then the data. Without memory the mean loss
/// is 10 ln 8 / (T + 20) a step.
/// Source: Arjovsky, Shah & Bengio, "Unitary Evolution Recurrent Neural Networks" (2016), after
/// Hochreiter & Schmidhuber (1997).
package struct CopyTask: SyntheticTask {
  package static let dataCount = 10
  package static let blank: Int32 = 8
  package static let signal: Int32 = 9

  /// T.
  package let delay: Int
  package let seed: UInt64

  /// - Parameter delay: T, at least 1.
  package init(delay: Int, seed: UInt64) {
    precondition(delay >= 1, "copying after \(delay) steps")
    self.delay = delay
    self.seed = seed
  }

  package var stepCount: Int { delay + 2 * Self.dataCount }
  package var inputs: SyntheticInputs { .symbols(count: 10) }
  package var targets: SyntheticTargets { .everyClass(count: 9) }
  package var memorylessLoss: Double { Double(Self.dataCount) * log(8) / Double(stepCount) }

  package func example(_ index: Int) -> SyntheticExample {
    let draws = SyntheticTaskKind.copy.draws(seed: seed, example: index)
    let data = (0..<Self.dataCount).map { Int32(draws.number(below: 8, $0)) }
    var example = SyntheticExample()
    example.symbols = [Int32](repeating: Self.blank, count: stepCount)
    example.classes = example.symbols
    example.symbols.replaceSubrange(0..<Self.dataCount, with: data)
    example.symbols[Self.dataCount + delay - 1] = Self.signal
    example.classes.replaceSubrange(stepCount - Self.dataCount..<stepCount, with: data)
    return example
  }
}
