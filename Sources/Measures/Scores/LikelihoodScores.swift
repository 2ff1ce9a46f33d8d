import Foundation
import Interchange

/// Negative log-likelihood per step, in nats: the sum over the yes-or-no outputs of a step, such as the
/// keys of music or the labels of an example, averaged over all steps.
///
/// Sums in `Double`, in the order in which steps are added.
package struct LikelihoodScores: Sendable, Equatable {
  package private(set) var stepCount = 0
  /// Nats of all steps together.
  package private(set) var total = 0.0

  package init() {}

  /// Takes steps into account whose sum is known.
  package mutating func add(nats: Double, steps: Int) {
    total += nats
    stepCount += steps
  }

  /// Takes one step of independent yes-or-no outputs into account, from the logits before the
  /// sigmoid; `truth` is 0 or 1 each. Finite for any finite logit.
  package mutating func add(logits: some Collection<Float>, truth: some Collection<Float>) {
    precondition(logits.count == truth.count, "\(logits.count) logits, \(truth.count) targets")
    var nats = 0.0
    for (logit, target) in zip(logits, truth) {
      let x = Double(logit)
      // −ln σ(x) for 1 and −ln(1 − σ(x)) for 0, without overflow: max(x, 0) − x·t + ln(1 + e^−|x|).
      nats += max(x, 0) - x * Double(target) + log1p(exp(-abs(x)))
    }
    add(nats: nats, steps: 1)
  }

  /// NaN without a step.
  package var nllPerStep: Double { total / Double(stepCount) }

  package var json: JSONValue {
    .object([.init("steps", .integer(stepCount)), .init("nll_per_step", .number(nllPerStep))])
  }
}
