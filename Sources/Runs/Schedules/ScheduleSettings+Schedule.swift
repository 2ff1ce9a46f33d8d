extension ScheduleSettings {
  /// The schedule that the settings describe, from a base rate.
  package func schedule(rate: Double) -> LearningRateSchedule {
    let decay: LearningRateSchedule.Decay =
      switch name {
      case "constant": .constant
      case "step": .step(factor: factor, every: every, start: start)
      case "exponential": .exponential(factor: factor, start: start)
      case "cosine": .cosine
      case "linear": .linear
      case "plateau": .plateau(factor: factor, patience: patience)
      default: preconditionFailure("no schedule is called '\(name)'")
      }
    return LearningRateSchedule(base: rate, decay: decay, warmup: warmup, minimum: minimum)
  }
}
