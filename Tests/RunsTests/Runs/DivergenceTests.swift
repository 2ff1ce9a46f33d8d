import Foundation
import TestSupport
import Testing
import Unroll

/// Updates that cannot be learnt from are passed over, told and counted; too many of them end the training
/// or take it back.
@Suite struct DivergenceTests {
  /// The examples at fault are named by file and line, in the report, the metrics and the warning.
  @Test(arguments: ["nan", "inf", "1e30"])
  func rowsAtFaultAreNamed(fault: String) throws {
    let runs = try TargetRuns([17: fault, 30: fault])
    let run = try runs.begin("run")
    var passed: [PassedUpdate] = []
    var weights: [[UInt32]] = [run.bits]
    _ = try run.train { event in
      switch event {
      case .updated: weights.append(run.bits)
      case .passedOver(let report):
        passed.append(report)
        #expect(run.bits == weights.last, "weights have changed")
      default: break
      }
    }
    #expect(run.update == 33)
    let lines = [17, 30].map { "'\(runs.folder.file("train.txt").path)' line \($0)" }
    // Each once an epoch, or both at once.
    #expect(Set(passed.flatMap(\.places)) == Set(lines))
    #expect(passed.map(\.places.count).reduce(0, +) == 6)
    let records = try runs.metrics("run", "skipped")
    #expect(records.compactMap { $0["update"]?.integer } == passed.map(\.update))
    #expect(
      records.map { $0["rows"]?.array?.compactMap(\.string) } == passed.map { $0.places })
    #expect(records.allSatisfy { $0["loss"] == .null && $0["nonfinite"] != nil })
    #expect(try runs.metrics("run", "train").count == 33 - passed.count)
    #expect(passed[0].text.contains(lines.first { passed[0].places.contains($0) } ?? "?"))
  }

  /// Faults before and after a stop: the same bits, and none that is not finite.
  @Test func resumingEqualsNeverStopping() throws {
    let runs = try TargetRuns([5: "nan", 11: "1e30", 40: "inf"])
    try expectResumingEqualsNeverStopping(
      runs.begin("straight", ["optimizer.average_after": "1", "train.eval_every": "2"]),
      runs.begin("stopped", ["optimizer.average_after": "1", "train.eval_every": "2"]), at: 13)
    try expectEqualTensors(
      runs.folder.file("straight/checkpoint-33.safetensors"),
      runs.folder.file("stopped/checkpoint-33.safetensors"))
  }

  /// So many in a row, no matter at which a run was stopped meanwhile.
  @Test(arguments: [1, 4, 10])
  func tooManyInARowEndTheTraining(most: Int) throws {
    let runs = try TargetRuns(Dictionary(uniqueKeysWithValues: (1..<42).map { ($0, "nan") }))
    let run = try runs.begin("run", ["train.max_bad_updates": "\(most)"])
    if most > 2 {
      #expect(try run.train(stopAt: 2) == .interrupted)
    }
    let resumed = most > 2 ? try TrainingRun<TargetTask>.resumed(run.folder) : run
    var count = resumed.update
    let error = try #require(throws: UserError.self) {
      try resumed.train { if case .passedOver = $0 { count += 1 } }
    }
    #expect(error.kind == .diverged && error.kind.rawValue == 3)
    #expect(error.message.contains("diverged at update \(most)"), "\(error.message)")
    #expect(count == most)
  }

  /// One that can be learnt from begins the count anew.
  @Test func countIsOfUpdatesInARow() throws {
    // A batch of one line each: two of three are no good.
    let faults = Dictionary(
      uniqueKeysWithValues: (1..<42).filter { $0 % 3 != 0 }.map { ($0, "nan") })
    let runs = try TargetRuns(faults)
    let settings = ["train.batch": "1", "train.epochs": "1", "train.max_bad_updates": "41"]
    let run = try runs.begin("run", settings)
    var (streak, longest) = (0, 0)
    _ = try run.train { event in
      if case .passedOver = event { streak += 1 }
      if case .updated = event { streak = 0 }
      longest = max(longest, streak)
    }
    #expect(longest > 2)
    let just = try runs.begin(
      "just", settings.merging(["train.max_bad_updates": "\(longest + 1)"]) { $1 })
    #expect(try just.train() == .finished)
    let less = try runs.begin(
      "less", settings.merging(["train.max_bad_updates": "\(longest)"]) { $1 })
    #expect(throws: UserError.self) { try less.train() }
  }

  @Test func stopEndsAtTheFirst() throws {
    let runs = try TargetRuns([9: "nan"])
    let run = try runs.begin("run", ["train.on_divergence": "stop", "train.save_every": "1"])
    let error = try #require(throws: UserError.self) { try run.train() }
    #expect(error.kind == .diverged)
    // The hint is true: going on with another line in the place of the bad one works.
    #expect(run.update <= 11)
    #expect(error.hint?.contains("--resume") == (run.update > 2), "\(error.hint ?? "")")
  }

  // MARK: Weights that are no good

  /// A rate 10⁶ times too high, and one beyond `Float`: nothing that is not finite is written, and what
  /// the hint says can be done.
  @Test(arguments: ["adam", "sgd", "momentum"], ["2e4", "1e30", "1e39"])
  func noNumberOnDiskIsNotFinite(optimizer: String, rate: String) throws {
    let runs = try TargetRuns()
    let run = try runs.begin(
      "run",
      [
        "optimizer.name": optimizer, "optimizer.lr": rate, "optimizer.clip_norm": "0",
        "train.save_every": "1", "train.eval_every": "1",
      ])
    var error: UserError?
    do { try run.train() } catch let found as UserError { error = found }
    for name in try runs.folder.names(in: "run") where name.hasSuffix(".safetensors") {
      let file = try SafetensorsFile.open(runs.folder.file("run/\(name)"), verifyDigest: true)
      for tensor in file.tensors.keys {
        #expect(try file.floats(tensor).allSatisfy(\.isFinite), "\(name): \(tensor)")
      }
    }
    guard let error else { return }
    #expect(error.kind == .diverged)
    let checkpoints = try run.folder.checkpoints()
    #expect(error.hint?.contains("--resume") == !checkpoints.isEmpty || checkpoints.count == 1)
    if error.hint?.contains("--resume") == true {
      let resumed = try TrainingRun<TargetTask>.resumed(run.folder, ["optimizer.lr": "1e-9"])
      #expect(error.hint?.contains("update \(resumed.update) ") == true)
      #expect(try resumed.train(stopAt: resumed.update + 1) == .interrupted)
    }
  }

  /// Averaging begins at the last update that is learnt from, and all that follow are passed over: there is no
  /// mean, and weights of zeros, which would be far better than these, are neither measured nor written.
  @Test func meanOfNoWeightsIsNone() throws {
    let runs = try TargetRuns()
    let run = try runs.begin(
      "run",
      [
        "optimizer.name": "sgd", "optimizer.lr": "100", "optimizer.clip_norm": "0",
        "optimizer.average_after": "1", "train.eval_every": "1", "train.max_bad_updates": "40",
      ])
    #expect(try run.train() == .finished)
    let learnt = try runs.metrics("run", "train").compactMap { $0["update"]?.integer }
    #expect(learnt == [1, 2, 3])
    let losses = try runs.metrics("run", "valid").map { $0["loss"]?.number }
    #expect(losses.count == 33 && losses[0].map { $0 < 1e7 } == true)
    #expect(losses.dropFirst(3).allSatisfy { $0 == nil }, "\(losses)")
    #expect(
      try SafetensorsFile.open(run.folder.model).metadata["unroll.update"] == "1",
      "other weights were the best")
  }

  // MARK: Rollback

  /// Diverges once the rate has grown too high, goes back, and comes to its end with a lower one; a run
  /// that was stopped in between does the same.
  @Test func rollsBackWithALowerRate() throws {
    let runs = try TargetRuns()
    let settings = [
      "train.on_divergence": "rollback", "train.save_every": "4", "train.divergence_factor": "5",
      "optimizer.name": "sgd", "optimizer.clip_norm": "0", "optimizer.lr": "2",
      "schedule.warmup": "30", "train.rollback_factor": "0.25",
    ]
    let run = try runs.begin("run", settings)
    var (rollbacks, rates): ([Rollback], [Int: Double]) = ([], [:])
    _ = try run.train { event in
      if case .rolledBack(let report) = event { rollbacks.append(report) }
      if case .updated(let report) = event { rates[report.update] = report.learningRate }
    }
    try #require(rollbacks.count > 0, "it never diverged: nothing was tested")
    #expect(rollbacks.map(\.count) == Array(1...rollbacks.count))
    #expect(rollbacks.allSatisfy { $0.to < $0.from - 1 && $0.to % 4 == 0 })
    #expect(rollbacks.enumerated().allSatisfy { $1.rateFactor == pow(0.25, Double($0 + 1)) })
    #expect(run.update == 33)
    let factor = rollbacks[rollbacks.count - 1].rateFactor
    #expect(rates[33] == 2 * factor, "after the warm-up it is the whole rate")

    // The metrics tell one history.
    let updates = try runs.metrics("run", "train").compactMap { $0["update"]?.integer }
    #expect(updates == Array(1...33))
    let last = try #require(try runs.metrics("run", "rollback").last)
    #expect(last["rate_factor"]?.number == factor && last["count"]?.integer == rollbacks.count)

    for stop in [rollbacks[0].to + 1, rollbacks[0].from - 1, 32] {
      let stopped = try runs.begin("stopped\(stop)", settings)
      #expect(try stopped.train(stopAt: stop) == .interrupted)
      let resumed = try TrainingRun<TargetTask>.resumed(stopped.folder)
      #expect(try resumed.train() == .finished)
      #expect(resumed.bits == run.bits, "stopped at \(stop)")
      #expect(try runs.metrics("stopped\(stop)", "rollback").count <= rollbacks.count)
    }
  }

  /// What a stop has saved is not what training goes back to.
  @Test(arguments: [1, 2])
  func aStopDoesNotDecideWhereTrainingGoesBackTo(stop: Int) throws {
    let runs = try TargetRuns([20: "900"])
    let run = try runs.begin(
      "run", ["train.on_divergence": "rollback", "train.divergence_factor": "40"])
    #expect(try run.train(stopAt: stop) == .interrupted)
    #expect(try run.folder.checkpoints().map(\.update) == [stop, 0])
    var rollbacks: [Rollback] = []
    _ = try? TrainingRun<TargetTask>.resumed(run.folder).train {
      if case .rolledBack(let report) = $0 { rollbacks.append(report) }
    }
    let first = try #require(rollbacks.first)
    #expect(first.from > stop + 1 && first.to == 0)
  }

  /// A loss that is too high even from the first checkpoint: so many rollbacks, then the end.
  @Test func rollbacksAreLimited() throws {
    let runs = try TargetRuns()
    let run = try runs.begin(
      "run",
      [
        "train.on_divergence": "rollback", "train.max_rollbacks": "2",
        "train.rollback_factor": "0.999", "optimizer.name": "sgd", "optimizer.lr": "1e4",
        "optimizer.clip_norm": "0",
      ])
    var count = 0
    let error = try #require(throws: UserError.self) {
      try run.train { if case .rolledBack = $0 { count += 1 } }
    }
    #expect(error.kind == .diverged)
    #expect(count == 2)
  }

  /// The default lets every finite loss pass: a run that settings of old describe has its bits.
  @Test func watchingAFiniteRunChangesNothing() throws {
    let runs = try TargetRuns([20: "900"])
    let bits = try ["skip", "stop", "rollback"].map { response in
      let run = try runs.begin(
        response,
        [
          "train.on_divergence": response,
          "train.divergence_factor": response == "rollback" ? "1e9" : "",
        ])
      try run.train()
      return run.bits
    }
    #expect(bits[0] == bits[1] && bits[0] == bits[2])
    let skipping = try runs.begin("skipping", ["train.divergence_factor": "40"])
    var passed: [PassedUpdate] = []
    _ = try skipping.train { if case .passedOver(let report) = $0 { passed.append(report) } }
    #expect(passed.count == 3 && passed.allSatisfy(\.loss.isFinite))
    #expect(skipping.bits != bits[0])
  }
}
