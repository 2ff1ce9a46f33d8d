import Compute
import Corpora
import Foundation
import Interchange
import Networks
import Runs

extension CompositionTask: Composing {
  package func piece(_ url: URL) throws -> PianoRoll {
    let roll = try MIDIFile(contentsOf: url).pianoRoll(stepsPerQuarter: stepsPerQuarter)
    guard roll.stepCount > 0 else {
      throw UserError(
        "'\(url.relativePath)' has no note of a piano: a sequence of length zero",
        hint: "name a file with music in it")
    }
    return roll
  }

  /// Draws the keys of a step from what the model predicts, and feeds them back.
  ///
  /// Draws depend on (seed, step, key) only. The temperature divides the logits: below 1 bolder, above
  /// 1 wilder; 0 strikes each key that is more probable than not.
  package func compose(
    after opening: PianoRoll, _ request: CompositionRequest
  ) throws -> PianoRoll {
    let generator = SequenceGenerator(core.model)
    let random = RandomStream(seed: request.seed, purpose: .sampling)
    // What training fed before the first step.
    generator.feed(start(label: try request.label.map(label)))
    var roll = opening
    for step in 0..<opening.stepCount { generator.feed(input(opening, step: step)) }
    for _ in 0..<request.steps {
      roll.append(draw(generator.outputs, step: roll.stepCount, request.temperature, random))
      generator.feed(input(roll, step: roll.stepCount - 1))
    }
    return roll
  }

  private func label(named name: String) throws -> Int32 {
    guard let labels else {
      throw UserError.usage(
        "--label \(name): the pieces of this run had no labels",
        hint: "drop the option, or train on a file with 'labels'")
    }
    guard let id = labels.id(name) else { throw labels.unknown(name, at: "--label") }
    return id
  }

  private func draw(
    _ logits: UnsafeBufferPointer<Float>, step: Int, _ temperature: Double, _ random: RandomStream
  ) -> [UInt8] {
    logits.enumerated().compactMap { key, logit in
      let isStruck =
        if temperature == 0 { logit > 0 } else {
          Double(random.uniform(row: step, index: key))
            < Scalar.sigmoid(Double(logit) / temperature)
        }
      return isStruck ? PianoRoll.keys.lowerBound + UInt8(key) : nil
    }
  }
}
