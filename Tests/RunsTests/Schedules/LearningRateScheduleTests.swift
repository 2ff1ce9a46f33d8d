import Compute
import Foundation
import Measures
import TestSupport
import Testing
import Runs

/// Expected values are those of torch.optim.lr_scheduler 2.13 with a base rate of 0.1, unless a
/// test says otherwise.
@Suite struct LearningRateScheduleTests {
  func expectEqual(
    _ rates: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(rates.count == expected.count, sourceLocation: sourceLocation)
    for (index, (rate, value)) in zip(rates, expected).enumerated() {
      #expect(
        abs(rate - value) <= 1e-15, "at \(index): \(rate), expected \(value)",
        sourceLocation: sourceLocation)
    }
  }

  func byEpoch(_ schedule: LearningRateSchedule, count: Int) -> [Double] {
    (0..<count).map { schedule.rate(update: 10 * $0, epoch: $0, totalUpdates: 10 * count) }
  }

  func byUpdate(_ schedule: LearningRateSchedule, count: Int, total: Int) -> [Double] {
    (0..<count).map { schedule.rate(update: $0, epoch: 0, totalUpdates: total) }
  }

  @Test func constantStaysWhereItIs() {
    expectEqual(byEpoch(.init(base: 0.1), count: 3), [0.1, 0.1, 0.1])
  }

  @Test func stepIsStepLR() {
    expectEqual(
      byEpoch(.init(base: 0.1, decay: .step(factor: 0.5, every: 3, start: 0)), count: 8),
      [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025])
  }

  @Test func stepAfterAStartKeepsItsStride() {
    // By hand: four epochs in full, then a decay every two.
    expectEqual(
      byEpoch(.init(base: 0.8, decay: .step(factor: 0.5, every: 2, start: 4)), count: 9),
      [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1])
  }

  @Test func exponentialIsExponentialLR() {
    expectEqual(
      byEpoch(.init(base: 0.1, decay: .exponential(factor: 0.9, start: 0)), count: 5),
      [0.1, 0.09, 0.081, 0.0729, 0.06561])
  }

  @Test func zarembasSmallModelHalvesAfterTheFourthEpoch() {
    // By hand from the paper's recipe: rate 1, halved in each epoch after the fourth.
    expectEqual(
      byEpoch(.init(base: 1, decay: .exponential(factor: 0.5, start: 4)), count: 7),
      [1, 1, 1, 1, 0.5, 0.25, 0.125])
  }

  @Test func cosineIsCosineAnnealingLR() {
    expectEqual(
      byUpdate(.init(base: 0.1, decay: .cosine, minimum: 0.01), count: 9, total: 8),
      [
        0.1, 0.0965745789630079, 0.08681980515339463, 0.07222075445642905, 0.055,
        0.03777924554357096, 0.023180194846605363, 0.013425421036992097, 0.01,
      ])
  }

  @Test func linearIsLinearLR() {
    expectEqual(
      byUpdate(.init(base: 0.1, decay: .linear, minimum: 0.02), count: 7, total: 5),
      [0.1, 0.084, 0.068, 0.052, 0.036, 0.02, 0.02])
  }

  @Test func plateauIsReduceLROnPlateau() {
    var schedule = LearningRateSchedule(
      base: 0.1, decay: .plateau(factor: 0.1, patience: 1), minimum: 2e-4)
    // 2.8999 is less than 2.9, but not by enough; 2.8 resets the count.
    let losses = [3, 2.9, 2.95, 2.9, 2.8999, 2.8, 2.81, 2.82, 2.83, 2.84, 2.85, 2.86]
    let rates = losses.map { loss in
      defer { schedule.observe(Standing(number: loss)) }
      return schedule.rate(update: 0, epoch: 0, totalUpdates: 1)
    }
    expectEqual(
      rates, [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 0.001, 0.001, 2e-4, 2e-4])
  }

  /// ReduceLROnPlateau with mode `max`: an accuracy that stays, or gains less than a ten-thousandth
  /// of itself, is no progress.
  @Test func aPlateauOfAFigureThatRisesIsOneToo() {
    var schedule = LearningRateSchedule(base: 0.1, decay: .plateau(factor: 0.1, patience: 1))
    let accuracies = [0.5, 0.6, 0.6, 0.60005, 0.61, 0.6, 0.61, 0.62]
    let rates = accuracies.map { accuracy in
      defer { schedule.observe(Standing(Figure("accuracy", accuracy, .share, .higherIsBetter))) }
      return schedule.rate(update: 0, epoch: 0, totalUpdates: 1)
    }
    expectEqual(rates, [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001])
  }

  @Test func aPlateauGoesOnFromItsStoredState() throws {
    var whole = LearningRateSchedule(base: 1, decay: .plateau(factor: 0.5, patience: 1))
    for loss in [2.0, 2.1] { whole.observe(Standing(number: loss)) }
    var resumed = LearningRateSchedule(base: 1, decay: .plateau(factor: 0.5, patience: 1))
    resumed.state = try JSONDecoder().decode(
      LearningRateSchedule.State.self, from: JSONEncoder().encode(whole.state))
    #expect(resumed == whole)
    resumed.observe(Standing(number: 2.2))
    #expect(resumed.rate(update: 0, epoch: 0, totalUpdates: 1) == 0.5)
  }

  @Test func lossesThatAreNoNumbersAreNoProgressAndCanBeStored() throws {
    var schedule = LearningRateSchedule(base: 1, decay: .plateau(factor: 0.5, patience: 1))
    for loss in [Double.nan, -.infinity, .infinity, .nan] {
      schedule.observe(Standing(number: loss))
    }
    #expect(schedule.rate(update: 0, epoch: 0, totalUpdates: 1) == 0.25)
    #expect(schedule.state.best == nil)
    _ = try JSONEncoder().encode(schedule.state)
  }

  @Test func warmupRisesToTheFullRateAndThenHandsOver() {
    // By hand: quarters, then a cosine over the remaining four updates.
    let half = 0.5.squareRoot() / 2
    expectEqual(
      byUpdate(.init(base: 1, decay: .cosine, warmup: 4), count: 9, total: 8),
      [0.25, 0.5, 0.75, 1, 1, 0.5 + half, 0.5, 0.5 - half, 0])
  }

  @Test func warmupIsNotHeldUpByTheMinimum() {
    expectEqual(
      byUpdate(.init(base: 1, warmup: 4, minimum: 0.5), count: 5, total: 9),
      [0.25, 0.5, 0.75, 1, 1])
  }

  @Test func trainingShorterThanItsWarmupStaysWarmingUp() {
    let cold = [
      LearningRateSchedule(base: 1, decay: .cosine), .init(base: 1, decay: .linear),
    ]
    let warm = [
      LearningRateSchedule(base: 1, decay: .cosine, warmup: 10),
      .init(base: 1, decay: .linear, warmup: 10),
    ]
    for schedule in warm {
      expectEqual(byUpdate(schedule, count: 3, total: 2), [0.1, 0.2, 0.3])
    }
    for schedule in cold { expectEqual(byUpdate(schedule, count: 2, total: 0), [1, 0]) }
  }

  @Test func followsTheSettings() throws {
    var settings = ScheduleSettings()
    (settings.name, settings.factor, settings.start) = ("exponential", 0.5, 4)
    (settings.warmup, settings.minimum) = (7, 0.01)
    let expected = LearningRateSchedule(
      base: 1, decay: .exponential(factor: 0.5, start: 4), warmup: 7, minimum: 0.01)
    for update in 0..<90 {
      #expect(
        settings.schedule(rate: 1, warmup: 7)
          .rate(update: update, epoch: update / 9, totalUpdates: 90)
          == expected.rate(update: update, epoch: update / 9, totalUpdates: 90))
    }
    for name in ScheduleSettings.names {
      settings.name = name
      _ = settings.schedule(rate: 1, warmup: 7)
    }
    try settings.check(rate: 0.01)
    let error = #expect(throws: UserError.self) { try settings.check(rate: 0.002) }
    #expect(
      error?.message == "schedule.minimum must be at most optimizer.lr, found 0.01 and 0.002")
  }

  /// Two are one if all that they say is.
  @Test func whateverDiffersIsAnother() {
    let schedule = LearningRateSchedule(base: 0.1, decay: .cosine, warmup: 3, minimum: 0.01)
    var later = schedule
    later.state.badCount = 1
    #expect(schedule == LearningRateSchedule(base: 0.1, decay: .cosine, warmup: 3, minimum: 0.01))
    for other in [
      .init(base: 0.2, decay: .cosine, warmup: 3, minimum: 0.01),
      .init(base: 0.1, decay: .linear, warmup: 3, minimum: 0.01),
      .init(base: 0.1, decay: .cosine, warmup: 4, minimum: 0.01),
      .init(base: 0.1, decay: .cosine, warmup: 3, minimum: 0.02), later,
    ] { #expect(schedule != other) }
  }
}
