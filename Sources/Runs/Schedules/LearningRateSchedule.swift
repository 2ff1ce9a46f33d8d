import Measures

/// The learning rate of every update: a warm-up, then a decay from the base rate.
///
/// Most decays are functions of where training stands; `plateau` also remembers validations, in
/// `state`, which belongs in a checkpoint.
public struct LearningRateSchedule: Sendable {
  /// What decays that listen to validations remember; the same from beginning to end for the others.
  public struct State: Sendable, Equatable, Codable {
    /// Product of the decays so far.
    public var scale = 1.0
    /// The best validation, once there is one.
    public var best: Standing?
    /// Validations since then, or since the last decay.
    public var badCount = 0

    package init() {}
  }

  package let base: Double
  package let decay: any LearningRateDecay
  /// Updates before the full rate is reached.
  package let warmup: Int
  /// Decay never goes below this; the warm-up does.
  package let minimum: Double
  package var state = State()

  package init(
    base: Double, decay: any LearningRateDecay = .constant, warmup: Int = 0, minimum: Double = 0
  ) {
    precondition(base > 0 && minimum >= 0 && minimum <= base, "\(minimum) up to \(base)")
    precondition(warmup >= 0, "a warm-up of \(warmup) updates")
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
    let place = SchedulePlace(
      base: base, minimum: minimum, update: update, epoch: epoch,
      progress: progress(update: update, totalUpdates: totalUpdates), scale: state.scale)
    return warm * max(minimum, decay.rate(at: place))
  }

  /// Share of the updates after the warm-up that are done, in 0...1.
  private func progress(update: Int, totalUpdates: Int) -> Double {
    let (done, total) = (update - warmup, totalUpdates - warmup)
    if done <= 0 { return 0 }
    return done >= total ? 1 : Double(done) / Double(total)
  }

  /// Tells the decay where a validation stands.
  package mutating func observe(_ validation: Standing) { decay.observe(validation, &state) }
}

extension LearningRateSchedule: Equatable {
  public static func == (one: Self, other: Self) -> Bool {
    one.base == other.base && one.decay.isEqual(to: other.decay) && one.warmup == other.warmup
      && one.minimum == other.minimum && one.state == other.state
  }
}
