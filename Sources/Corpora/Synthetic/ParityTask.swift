import Foundation

/// Says after every bit whether the ones so far are odd in number: one bit of memory, never decaying.
///
/// Symbols 0 and 1, equally likely; the class of a step is the sum of the bits up to it, modulo 2;
/// the last one is the parity of the whole. Without memory the loss is ln 2.
/// Source: Hochreiter & Schmidhuber, "Long Short-Term Memory" (1997), section 5, name the task.
package struct ParityTask: SyntheticTask {
  package let stepCount: Int
  package let seed: UInt64

  /// - Parameter length: bits, at least 1.
  package init(length: Int, seed: UInt64) {
    precondition(length >= 1, "the parity of \(length) bits")
    stepCount = length
    self.seed = seed
  }

  package var inputs: SyntheticInputs { .symbols(count: 2) }
  package var targets: SyntheticTargets { .everyClass(count: 2) }
  /// The first bit is its own parity, and needs no memory.
  package var memorylessLoss: Double { log(2) * Double(stepCount - 1) / Double(stepCount) }

  package func example(_ index: Int) -> SyntheticExample {
    let draws = SyntheticTaskKind.parity.draws(seed: seed, example: index)
    var example = SyntheticExample()
    var parity: Int32 = 0
    for step in 0..<stepCount {
      let bit = Int32(draws.number(below: 2, step))
      parity ^= bit
      example.symbols.append(bit)
      example.classes.append(parity)
    }
    return example
  }
}
