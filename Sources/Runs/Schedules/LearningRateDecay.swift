import Foundation
import Measures

/// The shape of a schedule: how the learning rate falls from its base, once it is warmed up.
///
/// A decay is a few lines and one more, `Schedules.register`. The warm-up, the minimum and the state in
/// checkpoints belong to `LearningRateSchedule`.
public protocol LearningRateDecay: Sendable, Equatable {
  /// The rate of one update, before the warm-up.
  func rate(at place: SchedulePlace) -> Double
  /// Takes note of a validation in what the schedule remembers; most do not listen.
  func observe(_ validation: Standing, _ state: inout LearningRateSchedule.State)
}

extension LearningRateDecay {
  public func observe(_ validation: Standing, _ state: inout LearningRateSchedule.State) {}

  func isEqual(to other: any LearningRateDecay) -> Bool { (other as? Self) == self }
}

/// Where training stands when a rate is asked for.
public struct SchedulePlace: Sendable {
  /// The full rate, and what decay never goes below.
  public let base: Double, minimum: Double
  /// Updates done before this one.
  public let update: Int
  /// Whole epochs done before this one.
  public let epoch: Int
  /// Share of the updates after the warm-up that are done, in 0...1.
  public let progress: Double
  /// Product of the decays so far, for decays that listen to validations.
  public let scale: Double
}

// The decays that come with Unroll; `.cosine` where one is asked for.

package struct ConstantRate: LearningRateDecay {
  package func rate(at place: SchedulePlace) -> Double { place.base }
}

/// × `factor` after `start` epochs (after `every` if that is 0) and after each `every` epochs more.
///
/// With start 0 this is torch's StepLR and, where `every` is 1, ExponentialLR. With every 1, start 4 it
/// is the recipe of Zaremba, Sutskever & Vinyals (2014): four epochs at the full rate, halved before the
/// fifth and before each after that.
package struct StepDecay: LearningRateDecay {
  let factor: Double
  let every: Int
  let start: Int

  package init(factor: Double, every: Int, start: Int) {
    precondition(
      factor > 0 && factor <= 1 && every >= 1 && start >= 0, "× \(factor) from \(start) by \(every)"
    )
    self.factor = factor
    self.every = every
    self.start = start
  }

  package func rate(at place: SchedulePlace) -> Double {
    let first = start == 0 ? every : start
    let decays = place.epoch < first ? 0 : 1 + (place.epoch - first) / every
    return place.base * pow(factor, Double(decays))
  }
}

/// Half a cosine from the base to the minimum, over the updates after the warm-up.
package struct CosineDecay: LearningRateDecay {
  package func rate(at place: SchedulePlace) -> Double {
    place.minimum + (place.base - place.minimum) * (1 + cos(.pi * place.progress)) / 2
  }
}

/// A straight line from the base to the minimum, over the updates after the warm-up.
package struct LinearDecay: LearningRateDecay {
  package func rate(at place: SchedulePlace) -> Double {
    place.base + (place.minimum - place.base) * place.progress
  }
}

/// × `factor` when more than `patience` validations in a row brought no progress.
///
/// The rule is torch.optim's ReduceLROnPlateau, in the mode of the figure that decides, with a relative
/// threshold of 1e-4 and no cool-down. What is not finite is no progress.
package struct PlateauDecay: LearningRateDecay {
  let factor: Double
  let patience: Int

  /// Progress smaller than this share of the best figure is none. As in torch.optim.
  private static let threshold = 1e-4

  package init(factor: Double, patience: Int) {
    precondition(factor > 0 && factor <= 1 && patience >= 0, "× \(factor) after \(patience)")
    self.factor = factor
    self.patience = patience
  }

  package func rate(at place: SchedulePlace) -> Double { place.base * place.scale }

  package func observe(_ validation: Standing, _ state: inout LearningRateSchedule.State) {
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

extension LearningRateDecay where Self == ConstantRate {
  package static var constant: ConstantRate { ConstantRate() }
}

extension LearningRateDecay where Self == StepDecay {
  package static func step(factor: Double, every: Int, start: Int) -> StepDecay {
    StepDecay(factor: factor, every: every, start: start)
  }
  /// × `factor` after `start` epochs and after each epoch more.
  package static func exponential(factor: Double, start: Int) -> StepDecay {
    StepDecay(factor: factor, every: 1, start: start)
  }
}

extension LearningRateDecay where Self == CosineDecay {
  package static var cosine: CosineDecay { CosineDecay() }
}

extension LearningRateDecay where Self == LinearDecay {
  package static var linear: LinearDecay { LinearDecay() }
}

extension LearningRateDecay where Self == PlateauDecay {
  package static func plateau(factor: Double, patience: Int) -> PlateauDecay {
    PlateauDecay(factor: factor, patience: patience)
  }
}
