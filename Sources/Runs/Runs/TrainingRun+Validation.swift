import Compute
import Foundation
import Measures
import Parallel

extension TrainingRun {
  /// Measures the model, with averaged weights once there are any, and keeps it if it is the best. False
  /// if that was cancelled: then nothing has changed.
  func validate(_ shouldStop: @escaping () -> Bool, _ tell: Teller) throws -> Bool {
    guard let validation, !shouldStop() else { return false }
    try validation.checkFiles()
    var isBest = false
    func measure() throws -> Score? {
      guard
        // Where several processes would have to stop at the same batch, none does.
        let score = try team.reading(
          until: link == nil ? shouldStop : { false },
          { try Activity.run("validating") { _ in try task.validate(validation) } })
      else { return nil }
      let standing = try standing(of: score)
      isBest = standing.isBetter(than: progress.bestCriterion)
      if isBest { try saveBest(standing, tell) }
      return score
    }
    guard let score = try settledAverage.map({ try $0.use(measure) }) ?? measure() else {
      return false
    }
    try takeNote(of: score, isBest: isBest, tell)
    return true
  }

  /// The mean of the weights; nil as long as every update behind its beginning was passed over.
  private var settledAverage: WeightAverage? { average.flatMap { $0.isEmpty ? nil : $0 } }

  private func takeNote(of score: Score, isBest: Bool, _ tell: Teller) throws {
    let standing = try standing(of: score)
    let trainingLoss =
      progress.lossCount > 0 ? progress.lossSum / Double(progress.lossCount) : nil
    (progress.lossSum, progress.lossCount) = (0, 0)
    progress.validationsWithoutProgress = isBest ? 0 : progress.validationsWithoutProgress + 1
    if average == nil {
      if trigger.fires(at: standing, after: progress.criteria ?? []) {
        average = WeightAverage(of: task.parameters)
      }
      if trigger.patience > 0 { progress.criteria = (progress.criteria ?? []) + [standing] }
    }
    schedule.observe(standing)
    progress.isValidationDue = nil
    isSaved = false
    tell(
      .validated(
        ValidationReport(
          update: update, epoch: epoch, trainingLoss: trainingLoss, score: score,
          isBest: isBest)))
  }

  // MARK: What decides

  /// The figure that picks the best weights, as settings or else the task name it.
  var monitored: String {
    let named = settings.train.monitor
    return named.isEmpty ? task.monitored : named.lowercased().replacing("-", with: "_")
  }

  /// Where a score stands by the figure that is monitored. Throws a usage `UserError` with the names of
  /// those that the task has, if that is none.
  func standing(of score: Score) throws -> Standing {
    // With what decides between equals.
    if monitored == score.deciding.key || settings.train.monitor.isEmpty { return score.standing }
    let figures = score.all.filter { $0.direction != nil }
    guard let figure = figures.first(where: { $0.key == monitored }) else {
      throw UserError.usage(
        "--monitor \(settings.train.monitor): a validation of "
          + "'\(ProgramName.current) train \(Task.call)' measures "
          + figures.map(\.key).joined(separator: ", "),
        hint: "name one of these, or drop --monitor to go by \(score.deciding.key)")
    }
    return Standing(figure)
  }

  /// Throws a usage `UserError` if settings of a new run ask something of validation that it cannot say.
  ///
  /// - Parameter sample: little of the data to validate on; nil: there are none.
  func checkMonitoring(_ sample: Task.Examples?) throws {
    guard let sample else {
      guard let wish = settings.validationWish else { return }
      throw UserError.usage(
        "\(wish) goes by validation, but there are no data to validate on",
        hint: "name some with --valid or hold a share out with --valid-fraction, or drop the option"
      )
    }
    if !settings.train.monitor.isEmpty { _ = try standing(of: task.validate(sample)) }
  }

  /// A little of `source`, as far as its kind can be divided.
  static func sample(_ source: Task.Source) throws -> Task.Source {
    func first<Source: CountedSource>(_ source: Source) throws -> Source {
      try source.subset([0])
    }
    if let counted = source as? any CountedSource, counted.count > 0 {
      return try first(counted) as? Task.Source ?? source
    }
    return (try? source.divided(HeldOut(fraction: 1e-3, seed: 0)))?.validation ?? source
  }
}
