import Foundation
import TestSupport
import Testing
import Unroll

/// `model.safetensors` holds the best weights of the history that is kept, or somebody is told.
@Suite struct BestModelTests {
  enum Loss: String, CaseIterable, Sendable {
    case deleted, cut, damaged, replaced

    func happen(to model: URL, other: URL) throws {
      switch self {
      case .deleted: try FileManager.default.removeItem(at: model)
      case .cut: try Data(contentsOf: model).prefix(100).write(to: model)
      case .damaged:
        var bytes = try Data(contentsOf: model)
        bytes[bytes.count - 2] ^= 4
        try bytes.write(to: model)
      case .replaced:
        try FileManager.default.removeItem(at: model)
        try FileManager.default.copyItem(at: other, to: model)
      }
    }
  }

  /// The newest checkpoint has the best weights: they come back, bit for bit.
  @Test(arguments: Loss.allCases)
  func comesBackFromTheCheckpointThatHasIt(loss: Loss) throws {
    let runs = try TargetRuns()
    let other = try runs.begin("other", ["train.seed": "5"])
    try other.train()
    let run = try runs.begin("run")
    #expect(try run.train(stopAt: 23) == .interrupted)
    let best = try Data(contentsOf: run.folder.model)
    let file = try SafetensorsFile.open(run.folder.model)
    try #require(file.metadata["unroll.update"] == "22", "another one was the best")
    try loss.happen(to: run.folder.model, other: other.folder.model)
    let resumed = try TrainingRun<TargetTask>.resumed(run.folder)
    #expect(try Data(contentsOf: run.folder.model) == best)
    #expect(try resumed.train() == .finished)
    let straight = try runs.begin("straight")
    try straight.train()
    #expect(
      try Data(contentsOf: run.folder.model) == Data(contentsOf: straight.folder.model))
  }

  /// It is nowhere: a warning, and the next validation is the best.
  @Test(arguments: Loss.allCases)
  func whatIsLostIsTold(loss: Loss) throws {
    let runs = try TargetRuns()
    let other = try runs.begin("other", ["train.seed": "5"])
    try other.train()
    let (run, best) = try Self.runPastItsBest(runs, "run")
    try loss.happen(to: run.folder.model, other: other.folder.model)
    let resumed = try TrainingRun<TargetTask>(
      TargetTask.settings(resuming: run.folder), folder: run.folder)
    var warnings: [String] = []
    try resumed.resume { if case .warning(let text) = $0 { warnings.append(text) } }
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("update \(best),") == true, "\(warnings)")
    var isFirst = true
    _ = try resumed.train { event in
      guard case .validated(let report) = event else { return }
      if isFirst { #expect(report.isBest) }
      isFirst = false
    }
    let trained = try TargetTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    #expect(trained.parameters.parameters.flatMap(\.values).allSatisfy { $0.isFinite })
  }

  /// Deleted while the run goes on past its best: the end is no success.
  @Test func lossBeforeTheEndIsTold() throws {
    let runs = try TargetRuns()
    let (_, best) = try Self.runPastItsBest(runs, "first")
    let run = try runs.begin("run", Self.fallingOff)
    let error = try #require(throws: UserError.self) {
      try run.train { event in
        if case .updated(let report) = event, report.update == 32 {
          try? FileManager.default.removeItem(at: run.folder.model)
        }
      }
    }
    #expect(error.message.contains("update \(best)"), "\(error.message)")
    #expect(run.update == 33)
    // What training could do about it, it has done: the last checkpoint is there.
    #expect(try run.folder.checkpoints().first?.update == 33)
  }

  /// Killed right after a better validation. From the checkpoint of that update the validation is made again
  /// and its weights stay; from the one before, if that is damaged, the earlier best come back.
  @Test func belongsToTheHistoryThatIsKept() throws {
    let runs = try TargetRuns()
    let run = try runs.begin("run", ["train.eval_every": "6", "train.save_every": "4"])
    var models: [Int: Data] = [:]
    _ = try run.train { event in
      guard case .validated(let report) = event, report.update <= 12 else { return }
      #expect(report.isBest)
      // It is being written.
      #expect(
        runs.waits {
          try SafetensorsFile.open(run.folder.model).metadata["unroll.update"]
            == "\(report.update)"
        })
      models[report.update] = try? Data(contentsOf: run.folder.model)
      if report.update == 12 {
        for copy in ["whole", "damaged"] {
          try? FileManager.default.copyItem(at: run.folder.url, to: runs.folder.file(copy))
        }
      }
    }
    #expect(models[6] != models[12])
    func resume(_ name: String) throws -> (run: TrainingRun<TargetTask>, warnings: [String]) {
      let folder = try RunFolder.open(at: runs.folder.file(name))
      let other = try TrainingRun<TargetTask>(
        TargetTask.settings(
          resuming: folder, overrides: [SettingsOverride("optimizer.lr", text: "0.001")]),
        folder: folder)
      var warnings: [String] = []
      try other.resume { if case .warning(let text) = $0 { warnings.append(text) } }
      return (other, warnings)
    }
    let whole = try resume("whole")
    #expect(whole.run.update == 12 && whole.warnings.isEmpty)
    #expect(try Data(contentsOf: whole.run.folder.model) == models[6])
    var first: ValidationReport?
    _ = try whole.run.train(shouldStop: { whole.run.update == 13 }) {
      if case .validated(let report) = $0 { first = first ?? report }
    }
    #expect(first?.update == 12 && first?.isBest == true)
    try expectSameWeights(whole.run.folder.model, try #require(models[12]), runs)

    let checkpoint = runs.folder.file("damaged/checkpoint-12.safetensors")
    try Data(contentsOf: checkpoint).dropLast(9).write(to: checkpoint)
    let damaged = try resume("damaged")
    #expect(damaged.run.update == 8 && damaged.warnings.count == 1)
    #expect(try Data(contentsOf: damaged.run.folder.model) == models[6])
    #expect(try damaged.run.train() == .finished)
  }

  private func expectSameWeights(_ model: URL, _ bytes: Data, _ runs: TargetRuns) throws {
    let other = runs.folder.file("other.safetensors")
    try bytes.write(to: other)
    try expectEqualTensors(model, other)
  }

  // MARK: Support

  /// Improves, then is thrown off by a rate that grows.
  private static let fallingOff = [
    "optimizer.lr": "3", "schedule.warmup": "33",
    "train.eval_every": "3", "optimizer.clip_norm": "0",
  ]

  /// A run that has stopped when its best weights are in none of its checkpoints.
  private static func runPastItsBest(
    _ runs: TargetRuns, _ name: String
  ) throws -> (TrainingRun<TargetTask>, best: Int) {
    let run = try runs.begin(name, fallingOff)
    var best = 0
    _ = try run.train(shouldStop: { run.update >= 31 }) { event in
      if case .validated(let report) = event, report.isBest { best = report.update }
    }
    try #require(best > 0 && best < 26, "the best was \(best): nothing is tested")
    return (run, best)
  }
}
