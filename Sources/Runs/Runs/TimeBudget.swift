import Autodiff
import Compute
import Dispatch

/// Fits a training to a time on this machine: a few updates are timed, then size, updates, validations and
/// checkpoints are chosen.
///
/// What comes out are settings. The run that begins with them knows of no time: it can be stopped, goes on,
/// and is made again from its `config.toml` like any other.
package struct TimeBudget<Task: TrainingTask> {
  /// With what the data advise: they need no further advice.
  package let settings: ResolvedSettings
  /// What was chosen and why, in lines.
  package let notes: [String]

  /// - Parameters:
  ///   - asked: as they are typed; what is given stays.
  ///   - limit: the end of the training.
  ///   - folder: of the run: nothing but caches is written there.
  /// - Throws: `UserError.usage` if the time is too short for anything, or the settings say how long too.
  package init(
    _ asked: ResolvedSettings, _ limit: TimeLimit, in folder: RunFolder
  ) throws {
    for key in ["train.updates", "train.epochs"] where asked.isGiven(key) {
      throw UserError.usage(
        "both --budget and \(key) say how long to train", hint: "drop one of them")
    }
    let first = try Trial<Task>(asked, isAdvised: true, limit, in: folder)
    var (trial, values, width) = (first, [SettingsOverride](), 1.0)
    if !asked.isGiven("model.hidden") {
      // While the training that the settings describe takes less than a third of the time, or twice as much.
      var scale = 1.0
      while true {
        let isShort = trial.share(of: limit) < 1 / 3.0 && scale >= 1 && scale < 4
        let isLong = trial.share(of: limit) > 2 && scale <= 1 && scale > 0.25
        guard isShort || isLong else { break }
        scale *= isShort ? 2 : 0.5
        let sizes = Self.sizes(asked, scale, like: first.resolved)
        guard !sizes.isEmpty else { break }
        let sized = first.resolved.replacing(sizes)
        guard isLong else {
          // It may not fit the memory.
          guard let wider = try? Trial<Task>(sized, isAdvised: false, limit, in: folder),
            wider.share(of: limit) <= 1
          else { break }
          (trial, values) = (wider, sizes)
          continue
        }
        (trial, values) = (try Trial<Task>(sized, isAdvised: false, limit, in: folder), sizes)
        width = scale
      }
    }
    let plan = TimePlan(
      seconds: limit.left - trial.setUp, update: trial.update, validation: trial.validation,
      validationEvery: asked.isGiven("train.eval_every") ? trial.evalEvery : nil)
    guard plan.updates > 0 else {
      throw UserError.usage(
        "a budget of \(Self.text(limit.seconds)) is too short: reading the data takes "
          + "\(Self.text(trial.setUp)), an update \(Self.text(trial.update)), a validation "
          + Self.text(trial.validation), hint: "give it more time")
    }
    values += Self.dropouts(
      asked, width * Double(plan.updates) / Double(trial.updateCount), like: first.resolved)
    values += [
      ("schedule.warmup", plan.warmup(trial.warmup, of: trial.updateCount)),
      ("train.updates", plan.updates), ("train.eval_every", plan.validationEvery),
      ("train.save_every", plan.validationEvery),
    ].filter { $0.1 > 0 && !asked.isGiven($0.0) }.map { SettingsOverride($0.0, .integer($0.1)) }
    let settings = first.resolved.replacing(values)
    self.settings = settings
    let list = values.map { "\($0.key) = \(settings[$0.key])" }.joined(separator: ", ")
    notes =
      first.advice + [
        "a budget of \(Self.text(limit.seconds)), at \(Self.text(trial.update)) an update and "
          + "\(Self.text(trial.validation)) a validation: \(list)"
      ]
  }

  /// The widths of a network that is so many times as wide as the data advise; none where there is no width
  /// to choose. An embedding that is narrower than the layers stays.
  private static func sizes(
    _ asked: ResolvedSettings, _ scale: Double, like advised: ResolvedSettings
  ) -> [SettingsOverride] {
    let keys = ["model.hidden", "model.decoder_hidden", "model.embedding"]
      .filter { advised.schema.option($0) != nil && !asked.isGiven($0) }
    guard keys.contains("model.hidden"), case .integer(let hidden) = advised["model.hidden"] else {
      return []
    }
    return keys.compactMap {
      guard case .integer(let width) = advised[$0], width >= hidden else { return nil }
      return SettingsOverride($0, .integer(max(8, Int(Double(width) * scale))))
    }
  }

  /// Dropout in the measure of `share`, where nobody says how much: a narrower network, and one that sees the
  /// examples less often, needs less of it.
  package static func dropouts(
    _ asked: ResolvedSettings, _ share: Double, like advised: ResolvedSettings
  ) -> [SettingsOverride] {
    guard share < 1 else { return [] }
    return ["model.dropout", "model.input_dropout", "model.output_dropout"].compactMap { key in
      guard advised.schema.option(key) != nil, !asked.isGiven(key),
        case .number(let whole) = advised[key], whole > 0
      else { return nil }
      return SettingsOverride(key, .number((100 * whole * share).rounded() / 100))
    }
  }

  private static func text(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.1: "\(Int((10_000 * seconds).rounded()) / 10) ms"
    case ..<120: "\((10 * seconds).rounded() / 10) s"
    default: "\((seconds / 6).rounded() / 10) min"
    }
  }
}

/// What a training with some settings takes, as far as a few updates tell.
private struct Trial<Task: TrainingTask> {
  let resolved: ResolvedSettings
  let advice: [String]
  /// Seconds to read the data and set everything up.
  let setUp: Double
  /// Seconds of an update, and of a validation with the checkpoint that comes with it.
  let update: Double, validation: Double
  let evalEvery: Int
  /// That the settings ask for, and how many of them at a rate that still rises.
  let updateCount: Int, warmup: Int
  /// Seconds of all updates that the settings ask for, with their validations.
  let wholeTime: Double

  init(
    _ settings: ResolvedSettings, isAdvised: Bool, _ limit: TimeLimit, in folder: RunFolder
  ) throws {
    let start = now()
    let run = try TrainingRun<Task>(settings, folder: folder, isAdvised: isAdvised)
    setUp = now() - start
    (resolved, advice) = (run.resolved, run.advice)
    let tried = try run.tryOut(seconds: min(10, 0.02 * limit.seconds), updates: 200)
    update = tried.seconds.reduce(0, +) / Double(tried.seconds.count)
    let middle = now()
    if let examples = run.validation { _ = try run.task.validate(examples) }
    // Weights are written twice, moments once, at what a slow disk takes.
    let bytes =
      4 * Double(run.task.parameters.count) * Double(2 + run.trainer.optimizer.moments.count)
    validation = now() - middle + 0.01 + bytes / 500e6
    evalEvery = max(1, Int(run.periods.validation.rounded()))
    (updateCount, warmup) = (run.totalUpdates, run.schedule.warmup)
    wholeTime = Double(updateCount) * update + Double(updateCount / evalEvery) * validation
  }

  /// The whole time in shares of what is left, after the data have been read once more.
  func share(of limit: TimeLimit) -> Double { wholeTime / max(limit.left - setUp, 1e-3) }
}

/// When a training is to end.
package struct TimeLimit: Sendable {
  let seconds: Double
  private let end: Double

  /// - Parameter seconds: from now on.
  package init(seconds: Double) {
    self.seconds = seconds
    end = now() + seconds
  }

  /// Seconds; below 0 after the end.
  var left: Double { end - now() }
}

/// Updates and validations that fill a time.
package struct TimePlan: Equatable, Sendable {
  package let updates: Int
  package let validationEvery: Int

  /// - Parameters:
  ///   - update: seconds of one, as are the others.
  ///   - validationEvery: where it is given; else validations take a tenth of the time, and are 20 at most.
  package init(
    seconds: Double, update: Double, validation: Double, validationEvery given: Int?
  ) {
    if let given {
      updates = max(0, Int(seconds / (update + validation / Double(given))))
      validationEvery = given
      return
    }
    let count = min(20, max(1, Int(0.1 * seconds / validation)))
    updates = max(0, Int((seconds - Double(count) * validation) / update))
    validationEvery = max(1, (updates + count - 1) / count)
  }

  /// The same share of the updates at a rate that still rises as where there was no budget.
  package func warmup(_ updates: Int, of all: Int) -> Int {
    Int(Double(updates) / Double(all) * Double(self.updates))
  }
}

/// Seconds from any moment on, never backwards.
private func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
