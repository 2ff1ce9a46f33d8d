import Foundation
import Interchange
import Parallel
import Runs
import Synchronization
import Tasks
import TestSupport
import Testing

/// What changes how weights are stepped, saved or gone back to, with processes that step a slice each: the files
/// are the bytes of one process.
@Suite struct RankSettingsTests {
  private static let base = [
    "train.leaves": "4", "train.batch": "6", "train.updates": "15", "train.eval_every": "5",
    "train.save_every": "7",
  ]

  private static let changes: [[String: String]] = [
    ["optimizer.name": "adagrad", "optimizer.row_moments": "true", "optimizer.clip_value": "1e-3"],
    ["optimizer.name": "rmsprop", "optimizer.clip_norm": "0.01", "train.exchange": "bf16"],
    ["optimizer.name": "nesterov", "train.freeze": "rnn.*", "optimizer.weight_decay": "0.1"],
    ["optimizer.name": "sgd", "optimizer.lr": "0.3"],
    ["optimizer.row_moments": "true", "optimizer.average_after": "1", "train.eval_every": "1"],
    [
      "train.on_divergence": "skip", "train.divergence_factor": "1.2", "optimizer.lr": "0.5",
      "train.max_bad_updates": "99",
      // Which would hold the loss down.
      "model.activation_penalty": "0", "model.temporal_penalty": "0",
    ],
    [
      "train.on_divergence": "rollback", "train.divergence_factor": "1.5", "optimizer.lr": "1",
      "train.save_every": "2", "train.max_bad_updates": "2", "train.max_rollbacks": "20",
      "train.rollback_factor": "0.1",
    ],
  ]

  /// Of a language model with gates and an output layer, and of one with a table.
  @Test(arguments: changes, [(2, "lm lm"), (4, "lm lm"), (4, "lm lm, sampled")])
  func filesAreThoseOfOneProcess(_ change: [String: String], _ trained: (ranks: Int, name: String))
    throws
  {
    let (ranks, name) = trained
    let contract = try #require(TaskContractTests.all.first { $0.name == name })
    let settings = Self.base.merging(change) { $1 }
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      nonisolated(unsafe) let data = try Prepared<Task>(contract)
      let one = try data.begin("one", settings)
      let events = Mutex<[String]>([])
      @Sendable func train(_ run: TrainingRun<Task>) throws -> [String] {
        var happened: [String] = []
        try run.train(shouldStop: { false }) { event in
          switch event {
          case .passedOver(let update): happened.append("\(update.update) passed over")
          case .rolledBack(let back): happened.append("\(back.from) back to \(back.to)")
          default: break
          }
        }
        return happened
      }
      let expected = try train(one)
      if let response = change["train.on_divergence"] {
        #expect(
          expected.contains { $0.contains(response == "skip" ? "passed over" : "back to") },
          "nothing has gone wrong: \(expected)")
      }
      try ThreadLink.run(ranks) { link in
        let run = try data.begin("ranks", settings, link: link)
        let happened = try train(run)
        if link.rank == 0 { events.withLock { $0 = happened } }
      }
      #expect(events.withLock { $0 } == expected)
      // The last one is of a validation, and was written before it and after it.
      let checkpoints = try one.folder.checkpoints()
      #expect(change["train.on_divergence"] != nil || checkpoints.count > 1)
      for file in [one.folder.model] + checkpoints.map(\.url) {
        let twin = data.runs.file("ranks").appendingPathComponent(file.lastPathComponent)
        try expectEqualTensors(file, twin)
        #expect(try Data(contentsOf: file) == Data(contentsOf: twin), "\(file.lastPathComponent)")
      }
    }
    try check(contract.task)
  }

  /// Where there is no room for a copy to save from, the first process has all moments only while it saves.
  @Test func savesWithoutACopy() throws {
    let contract = try #require(TaskContractTests.all.first { $0.name == "lm lm" })
    let settings = Self.base
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      nonisolated(unsafe) let data = try Prepared<Task>(contract)
      let one = try data.begin("one", settings)
      try one.train(stopAt: .max)
      try ThreadLink.run(4) { link in
        let run = try data.begin("ranks", settings, link: link)
        let whole = run.memory.total
        #expect(run.memory.savesFromCopy == (link.rank == 0))
        run.memory = run.memory.fitted(to: whole - 1)
        #expect(!run.memory.savesFromCopy)
        if link.rank == 0 {
          #expect(
            run.memory.parts.contains { $0.name == "moments of other processes" && $0.bytes > 0 })
        }
        try run.train(stopAt: .max)
      }
      let twin = RunFolder(url: data.runs.file("ranks"))
      for update in [14, 15] {
        #expect(
          try Data(contentsOf: one.folder.checkpoint(update: update))
            == Data(contentsOf: twin.checkpoint(update: update)), "\(update)")
      }
    }
    try check(contract.task)
  }
}
