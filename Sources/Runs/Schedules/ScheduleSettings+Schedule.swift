extension ScheduleSettings {
  /// The schedule that the settings describe, from a base rate.
  package func schedule(rate: Double) -> LearningRateSchedule {
    LearningRateSchedule(
      base: rate, decay: Schedules.decay(self), warmup: warmup, minimum: minimum)
  }
}
