import Compute
import Interchange
import Networks

/// Composes: draws the keys of a step from what the model predicts, and feeds them back.
///
/// Draws depend on (seed, step, key) only. Not thread-safe.
package final class MusicGenerator {
  private let composer: Composer
  private let generator: SequenceGenerator<Float>
  private let random: RandomStream

  /// - Parameter label: what the piece is to be; nil for anything.
  package init(_ composer: Composer, label: Int32? = nil, seed: UInt64) {
    self.composer = composer
    generator = SequenceGenerator(composer.model)
    random = RandomStream(seed: seed, purpose: .sampling)
    // What training fed before the first step.
    generator.feed(composer.start(label: label))
  }

  /// The opening, which may have no step at all, and `steps` steps that follow from it.
  ///
  /// - Parameter temperature: divides the logits: below 1 bolder, above 1 wilder; 0 strikes each key
  ///   that is more probable than not. Call once.
  package func compose(
    after opening: PianoRoll = PianoRoll(), steps: Int, temperature: Double = 1
  ) -> PianoRoll {
    var roll = opening
    for step in 0..<opening.stepCount { generator.feed(composer.input(opening, step: step)) }
    for _ in 0..<steps {
      roll.append(draw(step: roll.stepCount, temperature))
      generator.feed(composer.input(roll, step: roll.stepCount - 1))
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
