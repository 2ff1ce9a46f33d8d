import Autodiff
import Compute
import Foundation
import Interchange

/// Everything a run needs to go on as if it had never stopped: weights, moments, carried states,
/// and the counters below. The place in the data and the random numbers follow from `update`.
struct TrainingProgress: Codable, Equatable {
  var update = 0
  var optimizerSteps = 0
  var schedule: LearningRateSchedule.State
  /// The best validation so far.
  var bestCriterion: Double?
  var bestUpdate: Int?
  /// Validations since the best.
  var validationsWithoutProgress = 0
  /// Sums over the updates since the last validation, for the reported training loss.
  var lossSum = 0.0
  var lossCount = 0
  /// Of every validation before weights were averaged, where they may be.
  var criteria: [Double]?
  /// Updates in the averaged weights, once there are any.
  var averagedUpdates: Int?

  init(schedule: LearningRateSchedule.State) { self.schedule = schedule }

  static let key = "unroll.progress"
  private static let configurationKey = "unroll.configuration"

  func write<Job: TrainingJob>(
    _ trainer: Trainer<Job>, configuration: ResolvedConfiguration,
    to folder: RunFolder
  ) throws {
    var counters = self
    counters.averagedUpdates = trainer.average?.count
    let progress = String(decoding: try JSONEncoder.sorted.encode(counters), as: UTF8.self)
    var writer = SafetensorsWriter(
      metadata: [Self.key: progress, Self.configurationKey: configuration.toml])
    let store = trainer.job.parameters
    writer.add(store)
    forEachMoment(of: trainer) { name, shape, start, count in
      writer.add(name, shape: shape, from: start, count: count)
    }
    if let average = trainer.average {
      for parameter in store.parameters {
        writer.add(
          "average.\(parameter.name)", shape: parameter.shape,
          from: average.values.base + parameter.offset, count: parameter.count)
      }
    }
    for (name, matrix) in trainer.job.carriedStates {
      writer.add("state.\(name)", shape: [matrix.rows, matrix.columns], floats: matrix.values)
    }
    try folder.writeCheckpoint(update: update, writer)
  }

  /// Restores `trainer` from `file` and returns the counters.
  static func restore<Job: TrainingJob>(
    _ trainer: Trainer<Job>, from file: SafetensorsFile
  ) throws -> TrainingProgress {
    guard let text = file.metadata[key],
      let progress = try? JSONDecoder().decode(Self.self, from: Data(text.utf8))
    else {
      throw UserError(
        "'\(file.url.relativePath)' is no checkpoint of a run: "
          + "its metadata has no readable '\(key)'")
    }
    try file.restore(trainer.job.parameters)
    var failure: (any Error)?
    progress.forEachMoment(of: trainer) { name, _, start, count in
      do { try file.copy(name, into: start, count: count) } catch { failure = error }
    }
    if let failure { throw failure }
    if let count = progress.averagedUpdates {
      trainer.beginAveraging()
      if let average = trainer.average {
        for parameter in trainer.job.parameters.parameters {
          try file.copy(
            "average.\(parameter.name)", into: average.values.base + parameter.offset,
            count: parameter.count)
        }
        average.resume(count: count)
      }
    }
    for (name, matrix) in trainer.job.carriedStates {
      let values = try file.floats("state.\(name)")
      guard values.count == matrix.rows * matrix.columns else {
        throw UserError(
          "'\(file.url.relativePath)' holds carried states of \(values.count) values, "
            + "expected \(matrix.rows) rows of \(matrix.columns)",
          hint: "resume with the batch and hidden size of the run")
      }
      matrix.assign(values)
    }
    trainer.resume(update: progress.update, optimizerSteps: progress.optimizerSteps)
    return progress
  }

  /// The optimizer's buffers, cut into parameters: `optimizer.<moment>.<parameter>`.
  private func forEachMoment<Job: TrainingJob>(
    of trainer: Trainer<Job>,
    _ body: (String, [Int], UnsafeMutablePointer<Float>, Int) -> Void
  ) {
    let optimizer = trainer.updater.optimizer
    for (moment, name) in zip(optimizer.moments, optimizer.configuration.momentNames) {
      for parameter in trainer.job.parameters.parameters {
        body(
          "optimizer.\(name).\(parameter.name)", parameter.shape, moment.base + parameter.offset,
          parameter.count)
      }
    }
  }
}

extension JSONEncoder {
  /// Keys in order, so that equal states make equal bytes.
  static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return encoder
  }
}
