import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// A run from configuration to finished folder, in library form.
@Suite struct LanguageModelRunTests {
  /// Stopped in the middle of an epoch, and again before its end: the checkpoint that comes out is
  /// the same, byte for byte, and so are the best weights. Dropout, moments, carried states, the
  /// place in the text, the schedule and the sums for the report are all in it.
  @Test(arguments: Cells.all)
  func resumingEqualsNeverStopping(cell: any Cell) throws {
    let folder = try TemporaryFolder()
    let text = try Self.text(in: folder)
    let configuration = try Self.configuration(text, ["model.cell": cell.name])
    let straight = try RunFolder.plan(at: folder.file("straight"))
    try begin(configuration, straight).train(stopAt: .max)

    let stopped = try RunFolder.plan(at: folder.file("stopped"))
    #expect(try begin(configuration, stopped).train(stopAt: 9) == .interrupted)
    #expect(try Run.resumed(stopped).train(stopAt: 17) == .interrupted)
    #expect(try Run.resumed(stopped).train(stopAt: .max) == .finished)

    try expectEqual(straight, stopped, updates: 30)
  }

  /// Stopped with one number of threads, continued with another.
  @Test(arguments: Cells.all)
  func threadsChangeNothing(cell: any Cell) throws {
    let folder = try TemporaryFolder()
    let text = try Self.text(in: folder)
    func configuration(_ threads: Int) throws -> ResolvedSettings {
      try Self.configuration(text, ["model.cell": cell.name, "train.threads": "\(threads)"])
    }
    let one = try RunFolder.plan(at: folder.file("one"))
    try begin(configuration(1), one).train(stopAt: .max)
    let many = try RunFolder.plan(at: folder.file("many"))
    try begin(configuration(3), many).train(stopAt: 14)
    try Run.resumed(many, ["train.threads": "2"]).train(stopAt: .max)
    try expectEqualTensors(one.checkpoint(update: 30), many.checkpoint(update: 30))
  }

  /// What `plateau` and `train.patience` remember survives a stop.
  @Test func scheduleStateSurvivesAStop() throws {
    let folder = try TemporaryFolder()
    let text = try Self.text(in: folder)
    // A rate so high that validation hardly improves, so that the rate falls.
    let configuration = try Self.configuration(
      text,
      [
        "schedule.name": "plateau", "schedule.patience": "0", "optimizer.lr": "0.5",
        "train.eval_every": "2", "optimizer.name": "momentum",
      ])
    let straight = try RunFolder.plan(at: folder.file("straight"))
    var rates: Set<Double> = []
    _ = try begin(configuration, straight).train { event in
      if case .updated(let report) = event { rates.insert(report.learningRate) }
    }
    #expect(rates.count > 1, "the rate never fell, so nothing was tested")
    let stopped = try RunFolder.plan(at: folder.file("stopped"))
    try begin(configuration, stopped).train(stopAt: 21)
    try Run.resumed(stopped).train(stopAt: .max)
    try expectEqual(straight, stopped, updates: 30)
  }

  /// The averaged weights, and what decides when averaging begins, survive a stop before it and
  /// one after; noise of all kinds does so too.
  @Test func averagingSurvivesAStop() throws {
    let folder = try TemporaryFolder()
    let text = try Self.text(in: folder)
    let configuration = try Self.configuration(
      text,
      [
        "optimizer.average_after": "2", "optimizer.lr": "0.5", "train.eval_every": "2",
        "optimizer.name": "momentum", "model.weight_drop": "0.3", "model.locked_dropout": "true",
        "model.zoneout": "0.1", "model.recurrent_dropout": "0.2", "model.embedding_dropout": "0.1",
        "model.activation_penalty": "1", "model.temporal_penalty": "1",
      ])
    let straight = try RunFolder.plan(at: folder.file("straight"))
    let run = try begin(configuration, straight)
    try run.train(stopAt: .max)
    let end = try SafetensorsFile.open(straight.checkpoint(update: 30))
    let progress = try JSONValue(parsing: #require(end.metadata["unroll.progress"]))
    let count = try #require(progress["averagedUpdates"]?.integer, "averaging never began")
    #expect((1..<27).contains(count))
    let stopped = try RunFolder.plan(at: folder.file("stopped"))
    try begin(configuration, stopped).train(stopAt: 30 - count - 3)
    try Run.resumed(stopped).train(stopAt: 30 - count + 1)
    try Run.resumed(stopped).train(stopAt: .max)
    try expectEqual(straight, stopped, updates: 30)
  }

  /// At the first row of so many validations without progress, no sooner and no later.
  @Test(arguments: [1, 2, 3])
  func patienceStopsEarlyWithACheckpoint(patience: Int) throws {
    let folder = try TemporaryFolder()
    let configuration = try Self.configuration(
      try Self.text(in: folder),
      [
        "train.patience": "\(patience)", "train.eval_every": "1", "optimizer.lr": "20",
        "train.updates": "500",
      ])
    let run = try begin(configuration, RunFolder.plan(at: folder.file("run")))
    var isBest: [Bool] = []
    let end = try run.train(shouldStop: { false }) { event in
      if case .validated(let report) = event { isBest.append(report.isBest) }
    }
    #expect(end == .stoppedEarly)
    #expect(run.update < 500)
    #expect(try run.folder.checkpoints().first?.update == run.update)
    let rows = isBest.split(separator: true, omittingEmptySubsequences: false).map(\.count)
    #expect(rows.last == patience)
    #expect(rows.dropLast().allSatisfy { $0 < patience }, "\(rows)")
  }

  /// `model.safetensors` holds the weights of the best validation, not the last.
  @Test func modelHasTheBestWeights() throws {
    let folder = try TemporaryFolder()
    // Improves, then is thrown off by a rate that grows a thousandfold over the warm-up.
    let configuration = try Self.configuration(
      try Self.text(in: folder),
      [
        "optimizer.lr": "3", "schedule.warmup": "30", "train.eval_every": "1",
        "optimizer.clip_norm": "0",
      ])
    let run = try begin(configuration, RunFolder.plan(at: folder.file("run")))
    var best = (update: 0, loss: Double.infinity)
    var weights: [Float] = []
    _ = try run.train { event in
      guard case .validated(let report) = event else { return }
      #expect(report.isBest == (report.score.loss < best.loss))
      if report.isBest {
        best = (report.update, report.score.loss)
        weights = run.weights
      }
    }
    #expect(best.update > 0 && best.update < 30, "the last update was the best: nothing was tested")
    let trained = try LanguageModelTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    #expect(trained.parameters.parameters.flatMap(\.values) == weights)
    #expect(run.weights != weights)
  }

  @Test func divergenceIsReported() throws {
    let folder = try TemporaryFolder()
    let configuration = try Self.configuration(
      try Self.text(in: folder),
      [
        "model.cell": "rnn-relu", "optimizer.name": "sgd", "optimizer.lr": "1e30",
        "optimizer.clip_norm": "0",
      ])
    let run = try begin(configuration, RunFolder.plan(at: folder.file("run")))
    let error = try #require(throws: UserError.self) { try run.train(stopAt: .max) }
    #expect(error.message.contains("diverged at update"))
    #expect(error.hint?.contains("--lr") == true)
    #expect(try run.folder.checkpoints().isEmpty, "what diverged is not kept")
  }

  /// Killed before its first checkpoint, a run begins again where it began: the seed tells all.
  @Test func resumingWithoutACheckpointBeginsAnew() throws {
    let folder = try TemporaryFolder()
    let configuration = try Self.configuration(try Self.text(in: folder), ["train.updates": "5"])
    let whole = try begin(configuration, RunFolder.plan(at: folder.file("whole")))
    try whole.train(stopAt: .max)
    let cut = try begin(configuration, RunFolder.plan(at: folder.file("cut")))
    let resumed = try Run.resumed(cut.folder)
    try resumed.train(stopAt: .max)
    #expect(resumed.weights == whole.weights)
  }

  // MARK: Support

  private static func text(in folder: TemporaryFolder) throws -> URL {
    let url = folder.file("text.txt")
    try MarkovSource(order: 2, alphabetSize: 9, seed: 3).write(bytes: 1_000, to: url)
    return url
  }

  /// 30 updates; an epoch has 20, the last of them shorter than the others.
  private static func configuration(
    _ text: URL, _ more: [String: String]
  ) throws -> ResolvedSettings {
    let base = [
      "data.text": text.path, "model.layers": "2", "model.hidden": "11", "model.embedding": "7",
      "model.dropout": "0.3", "train.batch": "5", "train.steps": "10", "train.updates": "30",
      "train.threads": "2", "optimizer.lr": "0.01",
    ]
    return try LanguageModelTask.schema.resolve(
      overrides: base.merging(more) { $1 }.map { SettingsOverride($0, text: $1) })
  }

  private func begin(
    _ configuration: ResolvedSettings, _ folder: RunFolder
  ) throws -> Run {
    let run = try Run(configuration, folder: folder)
    try run.begin()
    return run
  }

  private func expectEqual(
    _ a: RunFolder, _ b: RunFolder, updates: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for (first, second) in [
      (a.checkpoint(update: updates), b.checkpoint(update: updates)), (a.model, b.model),
    ] {
      #expect(
        try Data(contentsOf: first) == Data(contentsOf: second), "\(first.lastPathComponent)",
        sourceLocation: sourceLocation)
    }
  }
}

private typealias Run = TrainingRun<LanguageModelTask>

extension Run {
  fileprivate var weights: [Float] { task.parameters.parameters.flatMap(\.values) }
}
