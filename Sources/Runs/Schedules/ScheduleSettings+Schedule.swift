extension ScheduleSettings {
  /// The schedule that the settings describe, from a base rate.
  ///
  /// - Parameter warmup: updates.
  package func schedule(rate: Double, warmup: Int) -> LearningRateSchedule {
    LearningRateSchedule(
      base: rate, decay: Schedules.decay(self), warmup: warmup, minimum: minimum)
  }
}
