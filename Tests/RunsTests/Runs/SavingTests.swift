import Foundation
import TestSupport
import Testing
import Unroll

/// When a run saves, and what a validation does that is told to stop.
@Suite struct SavingTests {
  /// A run that ran out of patience makes no update more when it is resumed, but with more patience.
  @Test func whatHasStoppedEarlyStaysStopped() throws {
    let runs = try TargetRuns()
    let run = try runs.begin(
      "run", ["train.patience": "2", "train.eval_every": "3", "optimizer.lr": "1e-9"])
    #expect(try run.train() == .stoppedEarly)
    let end = run.update
    #expect(end < 33)
    let resumed = try TrainingRun<TargetTask>.resumed(run.folder)
    #expect(try resumed.train() == .stoppedEarly)
    #expect(resumed.update == end && resumed.bits == run.bits)
    let patient = try TrainingRun<TargetTask>.resumed(run.folder, ["train.patience": "3"])
    #expect(try patient.train() == .stoppedEarly)
    #expect(patient.update == end + 3)
  }

  /// Stopped inside any batch of any validation: a checkpoint is there, nothing of the validation is
  /// kept, and the resumed run makes it again, to the same bits and records.
  @Test func validationStopsAndIsMadeAgain() throws {
    let runs = try TargetRuns()
    let settings = [
      "train.epochs": "2", "train.eval_every": "5", "train.save_every": "7",
      "schedule.name": "plateau", "schedule.patience": "0", "optimizer.average_after": "1",
      "optimizer.name": "sgd", "optimizer.lr": "0.4",
    ]
    let straight = try runs.begin("straight", settings)
    try straight.train()
    let validations = try runs.metrics("straight", "valid")
    #expect(validations.map { $0["update"]?.integer } == [5, 10, 15, 20, 22])

    let run = try runs.begin("stopped", settings)
    var stops = 0
    var current = run
    for update in [5, 10, 20, 22] {
      let batches = 1 + stops
      let before = current.task.batchCount
      let end = try current.train(
        shouldStop: {
          current.update >= update && current.task.batchCount - before >= batches
        }) { _ in }
      // From the second on, the validations of this process before `update` count too.
      try #require(end == .interrupted)
      stops += 1
      #expect(try current.folder.checkpoints().first?.update == current.update)
      let resumed = try TrainingRun<TargetTask>.resumed(current.folder, ["train.threads": "3"])
      #expect(resumed.update == current.update)
      current = resumed
    }
    #expect(try current.train() == .finished)
    #expect(current.bits == straight.bits)
    for name in ["checkpoint-22.safetensors", "model.safetensors"] {
      try expectEqualTensors(
        runs.folder.file("straight/\(name)"), runs.folder.file("stopped/\(name)"))
    }
    let again = try runs.metrics("stopped", "valid")
    #expect(again.map { $0["update"]?.integer } == validations.map { $0["update"]?.integer })
    #expect(again.map { $0["loss"]?.number } == validations.map { $0["loss"]?.number })
    #expect(
      try runs.metrics("stopped", "train").map { $0["loss"]?.number }
        == runs.metrics("straight", "train").map { $0["loss"]?.number })
  }

  /// Killed in a validation: no update is lost, once the checkpoint is there that is written meanwhile.
  @Test func checkpointComesBeforeAValidation() throws {
    let runs = try TargetRuns()
    let run = try runs.begin("run", ["train.eval_every": "4", "train.save_every": "100"])
    var saved: [Int] = []
    var batches = 0
    _ = try run.train(shouldStop: {
      if run.task.batchCount > batches {
        batches = run.task.batchCount
        #expect(
          runs.waits { try run.folder.checkpoints().first?.update == run.update },
          "measuring batch \(batches) of update \(run.update)")
      }
      return false
    }) { if case .saved(let url) = $0 { saved.append(runs.update(of: url)) } }
    #expect(batches > 40)
    // The last one after its validation too: a finished run has nothing left to do.
    #expect(saved == Array(stride(from: 4, through: 32, by: 4)) + [33, 33])
    var events = 0
    let resumed = try TrainingRun<TargetTask>.resumed(run.folder)
    #expect(
      try resumed.train {
        if case .validated = $0 { events += 1 }
      } == .finished)
    #expect(events == 0)
  }

  /// By the clock, beside the other rhythms: the results are the same.
  @Test func savesByTheClock() throws {
    let runs = try TargetRuns()
    let straight = try runs.begin("straight", ["train.save_minutes": "0"])
    try straight.train()
    let run = try runs.begin("run", ["train.save_minutes": "2"])
    var (now, saved) = (0.0, [Int]())
    run.clock = { now }
    _ = try run.train { event in
      switch event {
      // A minute and a bit an update.
      case .updated: now += 61
      case .saved(let url): saved.append(runs.update(of: url))
      default: break
      }
    }
    #expect(saved.contains(2) && saved.contains(4) && saved.contains(13))
    #expect(saved.filter { $0 < 11 } == [2, 4, 6, 8, 10])
    #expect(run.bits == straight.bits)
  }
}
