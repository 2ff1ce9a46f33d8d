import Foundation
import TestSupport
import Testing
import Unroll

/// `unroll train recall` without the command line.
@Suite struct MemoryRecallTaskTests {
  private static let small = [
    "data.bits": "3", "data.max_length": "3", "data.valid_sequences": "40", "model.hidden": "12",
    "model.memory_slots": "8", "model.memory_width": "5", "train.batch": "8",
    "optimizer.lr": "0.01", "train.threads": "2",
  ]

  private func begin(
    _ settings: [String: String], in url: URL
  ) throws -> TrainingRun<MemoryRecallTask> {
    try .begun(at: url, Self.small, settings)
  }

  /// Three vectors of three bits: learnt, and said of vectors that were not trained on.
  @Test(arguments: ["lstm", "feedforward"])
  func machineLearnsToCopy(controller: String) throws {
    let folder = try TemporaryFolder()
    let run = try begin(
      ["model.controller": controller, "train.updates": "600", "train.eval_every": "300"],
      in: folder.file("run"))
    var scores: [Score] = []
    _ = try run.train { if case .validated(let report) = $0 { scores.append(report.score) } }
    #expect(scores.map { $0["sequences"] } == [2_400, 4_800])
    let last = try #require(scores.last)
    let errors = try #require(last["bit_errors"])
    #expect(errors < 0.5, "\(errors) of 6 bits wrong")
    #expect(abs(try #require(last["bits"]) * log(2) - last.loss) < 1e-12)

    let trained = try MemoryRecallTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let score = try trained.evaluate([URL]()).score
    #expect(score["bit_errors"] == errors && score["sequences"] == nil)
    try trained.resize(length: 5, repeats: nil, unseen: nil)
    #expect(try trained.evaluate([URL]()).score["answer_bits"] == 15)
    let trace = try trained.memoryTrace()
    #expect(trace.inputs.count == 11 && trace.reads.count == 1 && trace.writes[0].count == 11)
    #expect(throws: UserError.self) { try trained.resize(length: 5, repeats: 2, unseen: nil) }
    #expect(throws: UserError.self) {
      try trained.resize(length: 1 << 17, repeats: nil, unseen: nil)
    }
    #expect(throws: UserError.self) { try trained.evaluate([folder.file("run")]) }
  }

  @Test(arguments: RecallTaskKind.allCases, ["ntm", "gru"])
  func everyTaskTrains(task: RecallTaskKind, model: String) throws {
    let folder = try TemporaryFolder()
    let run = try begin(
      [
        "data.task": task.rawValue, "data.min_length": "2", "data.max_length": "4",
        "data.max_repeats": "3", "model.kind": model, "train.updates": "60",
        "train.eval_every": "1",
      ], in: folder.file("run"))
    var losses: [Double] = []
    _ = try run.train { if case .validated(let report) = $0 { losses.append(report.score.loss) } }
    #expect(try #require(losses.last) < losses[0])
    let trained = try MemoryRecallTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    if model == "ntm" {
      #expect(try trained.memoryTrace().reads[0][0].count == 8)
    } else {
      #expect(throws: UserError.self) { try trained.memoryTrace() }
    }
  }

  /// Neither trained on nor validated on: others, and as many as are asked for.
  @Test func unseenSequencesAreOthers() throws {
    let folder = try TemporaryFolder()
    let run = try begin(["train.updates": "2"], in: folder.file("run"))
    _ = try run.train { _ in }
    let trained = try MemoryRecallTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let validated = try trained.evaluate([URL]()).score
    func score(unseen: Int?) throws -> Score {
      try trained.resize(length: nil, repeats: nil, unseen: unseen)
      return try trained.evaluate([URL]()).score
    }
    let unseen = try score(unseen: 40)
    #expect(unseen.count == 40 && unseen.loss != validated.loss)
    #expect(try score(unseen: 70).count == 70)
    #expect(try score(unseen: nil).loss == validated.loss)
    // Terabytes.
    #expect(throws: UserError.self) { try score(unseen: Int(Int32.max)) }
  }

  /// A pure function of where training stands, whatever was trained before.
  @Test func curriculumGrowsFromTheShortest() throws {
    let folder = try TemporaryFolder()
    let run = try begin(
      ["data.curriculum": "0.5", "train.updates": "8"], in: folder.file("run"))
    _ = try run.train { _ in }
    let definition = try MemoryRecallTask.opened(
      in: run.folder, team: WorkerTeam(count: 1)
    ).definition
    let steps = (0..<8).map {
      definition.task(at: UpdateProgress(update: $0, totalUpdates: 8)).longestExample
    }
    // One vector, then two, then three: 2 n + 1 steps.
    #expect(steps == [3, 3, 5, 7, 7, 7, 7, 7])
  }

  /// Stopped and continued with another number of threads: the same bytes.
  @Test func resumingEqualsNeverStopping() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "model.write_heads": "2", "train.updates": "12", "train.batch": "7", "train.threads": "1",
      "data.curriculum": "0.7",
    ]
    let straight = try begin(settings, in: folder.file("straight"))
    let stopped = try begin(settings, in: folder.file("stopped"))
    try expectResumingEqualsNeverStopping(straight, stopped, at: 5)
  }

  @Test(arguments: [
    (["data.min_length": "4"], "data.min_length is 4"),
    (["data.min_repeats": "11"], "data.min_repeats is 11"),
    (["data.task": "associative-recall", "data.min_length": "1"], "expected 2"),
    (["model.controller": "feedforward", "model.layers": "2"], "model.layers is 2"),
  ])
  func whatMakesNoSenseIsRefused(settings: [String: String], words: String) throws {
    try expectRefusal(of: settings, words)
  }

  @Test(arguments: [
    ["model.memory_slots": "1048576", "model.memory_width": "65536"],
    ["train.batch": "1048576", "data.max_length": "65536"],
  ])
  func whatDoesNotFitIsRefused(settings: [String: String]) throws {
    try expectRefusal(of: settings, "this machine has")
  }

  private func expectRefusal(of settings: [String: String], _ words: String) throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: UserError.self) {
      _ = try begin(settings, in: folder.file("run"))
    }
    #expect(error.message.contains(words), "\(error.message)")
  }

  /// `--heads` yields to the options that it stands for.
  @Test func headsReadAndWrite() throws {
    let heads = try #require(RecallSettings.shorthands.first { $0.spelling == "heads" })
    let meaning = try heads.expand("3")
    let resolved = try MemoryRecallTask.schema.resolve(
      presets: meaning.presets,
      overrides: meaning.overrides + [SettingsOverride("model.write_heads", .integer(2))])
    let settings = resolved.settings(as: RecallSettings.self)
    #expect(settings.model.readHeads == 3 && settings.model.writeHeads == 2)
  }

  @Test func defaultsFollowTheTask() throws {
    func data(_ task: RecallTaskKind) throws -> [Int] {
      let resolved = try MemoryRecallTask.schema.resolve(
        overrides: [SettingsOverride("data.task", .string(task.rawValue))])
      let data = resolved.settings(as: RecallSettings.self).data
      return [data.bits, data.minLength, data.maxLength]
    }
    #expect(try data(.copy) == [8, 1, 20])
    #expect(try data(.repeatCopy) == [8, 1, 10])
    #expect(try data(.associativeRecall) == [6, 2, 6])
    #expect(try data(.prioritySort) == [8, 20, 20])
  }
}
