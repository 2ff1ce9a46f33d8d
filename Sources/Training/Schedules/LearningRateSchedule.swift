import Foundation
import Measures

/// The learning rate of every update: a warm-up, then a decay from the base rate.
///
/// All but `plateau` are functions of where training stands; `plateau` also remembers
/// validations, in `state`, which belongs in a checkpoint.
package struct LearningRateSchedule: Sendable, Equatable {
  package enum Decay: Sendable, Equatable {
    case constant
    /// × `factor` after `start` epochs and after each `every` epochs more.
    case step(factor: Double, every: Int, start: Int)
    /// × `factor` after `start` epochs and after each epoch more.
    case exponential(factor: Double, start: Int)
    /// Half a cosine from the base to the minimum, over the updates after the warm-up.
    case cosine
    /// A straight line from the base to the minimum, over the updates after the warm-up.
    case linear
    /// × `factor` when more than `patience` validations in a row brought no progress.
    case plateau(factor: Double, patience: Int)
  }

  /// What `plateau` remembers; the same from beginning to end for the others.
  package struct State: Sendable, Equatable, Codable {
    /// Product of the decays so far.
    package var scale = 1.0
    /// The best validation, once there is one.
    package var best: Standing?
    /// Validations since then, or since the last decay.
    package var badCount = 0

    package init() {}
  }

  package let base: Double
  package let decay: Decay
  /// Updates before the full rate is reached.
  package let warmup: Int
  /// Decay never goes below this; the warm-up does.
  package let minimum: Double
  package var state = State()

  /// Progress smaller than this share of the best figure is none. As in torch.optim.
  private static let threshold = 1e-4

  package init(base: Double, decay: Decay = .constant, warmup: Int = 0, minimum: Double = 0) {
    precondition(base > 0 && minimum >= 0 && minimum <= base, "\(minimum) up to \(base)")
    precondition(warmup >= 0, "a warm-up of \(warmup) updates")
    switch decay {
    case .step(let factor, let every, let start):
      precondition(factor > 0 && factor <= 1 && every >= 1 && start >= 0, "\(decay)")
    case .exponential(let factor, let start):
      precondition(factor > 0 && factor <= 1 && start >= 0, "\(decay)")
    case .plateau(let factor, let patience):
      precondition(factor > 0 && factor <= 1 && patience >= 0, "\(decay)")
    case .constant, .cosine, .linear: break
    }
    self.base = base
    self.decay = decay
    self.warmup = warmup
    self.minimum = minimum
  }

  /// The rate of one update.
  ///
  /// - `update`: updates done before this one.
  /// - `epoch`: whole epochs done before this one.
  /// - `totalUpdates`: updates of the whole training; beyond them the rate stays at its end.
  ///
  /// The warm-up's line passes 0 one update *before* the first, so that no update is wasted on a
  /// rate of 0: update 0 has 1/N of the rate, update N-1 all of it.
  package func rate(update: Int, epoch: Int, totalUpdates: Int) -> Double {
    let warm = update < warmup ? Double(update + 1) / Double(warmup) : 1
    return warm * max(minimum, decayed(update: update, epoch: epoch, totalUpdates: totalUpdates))
  }

  private func decayed(update: Int, epoch: Int, totalUpdates: Int) -> Double {
    switch decay {
    case .constant: return base
    case .step(let factor, let every, let start):
      return base * pow(factor, Double(decays(by: epoch, every: every, start: start)))
    case .exponential(let factor, let start):
      return base * pow(factor, Double(decays(by: epoch, every: 1, start: start)))
    case .cosine:
      let progress = progress(update: update, totalUpdates: totalUpdates)
      return minimum + (base - minimum) * (1 + cos(.pi * progress)) / 2
    case .linear:
      return base + (minimum - base) * progress(update: update, totalUpdates: totalUpdates)
    case .plateau: return base * state.scale
    }
  }

  /// Decays that have happened when `epoch` epochs are done: the first after `start` (after `every`
  /// if that is 0), one more after each `every` from there.
  ///
  /// With start 0 this is torch's StepLR and ExponentialLR. With every 1, start 4 it is the recipe
  /// of Zaremba, Sutskever & Vinyals (2014): four epochs at the full rate, halved before the fifth
  /// and before each after that.
  private func decays(by epoch: Int, every: Int, start: Int) -> Int {
    let first = start == 0 ? every : start
    return epoch < first ? 0 : 1 + (epoch - first) / every
  }

  /// Share of the updates after the warm-up that are done, in 0...1.
  private func progress(update: Int, totalUpdates: Int) -> Double {
    let (done, total) = (update - warmup, totalUpdates - warmup)
    if done <= 0 { return 0 }
    return done >= total ? 1 : Double(done) / Double(total)
  }

  /// Tells a `plateau` where a validation stands; the others do not listen.
  ///
  /// The rule is torch.optim's ReduceLROnPlateau, in the mode of the figure that decides, with a
  /// relative threshold of 1e-4 and no cool-down. What is not finite is no progress.
  package mutating func observe(_ validation: Standing) {
    guard case .plateau(let factor, let patience) = decay else { return }
    let isProgress =
      validation.number.isFinite
      && validation.isBetter(than: state.best, byShare: Self.threshold)
    if isProgress {
      state.best = validation
      state.badCount = 0
    } else {
      state.badCount += 1
    }
    if state.badCount > patience {
      state.scale *= factor
      state.badCount = 0
    }
  }
}
