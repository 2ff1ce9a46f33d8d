import Compute
import Interchange
import Networks

/// Composes: draws the keys of a step from what the model predicts, and feeds them back.
///
/// Draws depend on (seed, step, key) only. Not thread-safe.
public final class MusicGenerator {
  private let generator: SequenceGenerator<Float>
  private let random: RandomStream

  public init(_ composer: Composer, seed: UInt64) {
    generator = SequenceGenerator(composer.model)
    random = RandomStream(seed: seed, purpose: .sampling)
    // What training fed before the first step.
    generator.feed([Float](repeating: 0, count: PianoRoll.keyCount))
  }

  /// The opening, which may have no step at all, and `steps` steps that follow from it.
  ///
  /// - Parameter temperature: divides the logits: below 1 bolder, above 1 wilder; 0 strikes each key
  ///   that is more probable than not. Call once.
  public func compose(
    after opening: PianoRoll = PianoRoll(), steps: Int, temperature: Double = 1
  ) -> PianoRoll {
    var roll = opening
    for step in 0..<opening.stepCount { generator.feed(opening.vector(ofStep: step)) }
    for _ in 0..<steps {
      roll.append(draw(step: roll.stepCount, temperature))
      generator.feed(roll.vector(ofStep: roll.stepCount - 1))
    }
    return roll
  }

  private func draw(step: Int, _ temperature: Double) -> [UInt8] {
    generator.outputs.enumerated().compactMap { key, logit in
      let isStruck =
        if temperature == 0 { logit > 0 } else {
          Double(random.uniform(row: step, index: key))
            < Scalar.sigmoid(Double(logit) / temperature)
        }
      return isStruck ? PianoRoll.keys.lowerBound + UInt8(key) : nil
    }
  }
}
