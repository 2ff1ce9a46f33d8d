/// Adds two numbers that stand far apart among many others.
///
/// Two channels a step: a number uniform in [0, 1), and a marker that is 1 at two steps, one in each
/// half of the sequence, and 0 elsewhere. The target is the sum of the two marked numbers. Answering
/// 1 always has the mean squared error 1/6.
/// Source: Hochreiter & Schmidhuber, "Long Short-Term Memory" (1997), experiment 4, in the form of
/// Le, Jaitly & Hinton, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units"
/// (2015); the halves follow Arjovsky, Shah & Bengio (2016).
package struct AddingTask: SyntheticTask {
  package let stepCount: Int
  package let seed: UInt64

  /// - Parameter length: steps, at least 2.
  package init(length: Int, seed: UInt64) {
    precondition(length >= 2, "adding over \(length) steps")
    stepCount = length
    self.seed = seed
  }

  package var inputs: SyntheticInputs { .vectors(width: 2) }
  package var targets: SyntheticTargets { .number }
  package var memorylessLoss: Double { 1.0 / 6 }

  package func example(_ index: Int) -> SyntheticExample {
    let draws = SyntheticTaskKind.adding.draws(seed: seed, example: index)
    var example = SyntheticExample()
    example.vectors = [Float](repeating: 0, count: 2 * stepCount)
    for step in 0..<stepCount { example.vectors[2 * step] = draws.uniform(step) }
    let half = stepCount / 2
    let first = draws.number(below: half, stepCount)
    let second = half + draws.number(below: stepCount - half, stepCount + 1)
    example.vectors[2 * first + 1] = 1
    example.vectors[2 * second + 1] = 1
    example.number = example.vectors[2 * first] + example.vectors[2 * second]
    return example
  }
}
