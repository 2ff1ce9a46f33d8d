import Compute
import Foundation
import Interchange
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// What every registered task promises of minibatches that are summed in parts, by one process or several.
@Suite struct LeafContractTests {
  /// Leaves are of 2, 2, 1 and 1 examples, and in the last minibatch of an epoch some of them of none.
  private static let settings = [
    "train.leaves": "4", "train.batch": "6", "train.updates": "20", "train.eval_every": "9",
  ]

  /// Without noise, which is drawn leaf by leaf, the parts make the whole: loss and gradient are those of one
  /// leaf, but for rounding.
  @Test(arguments: TaskContractTests.all)
  func leavesMakeTheWhole(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      func reports(_ leaves: String) throws -> [UpdateReport] {
        var settings = ["train.leaves": leaves, "train.updates": "8", "optimizer.lr": "1e-9"]
        for key in [
          "model.dropout", "model.input_noise", "model.time_masks", "model.frequency_masks",
          "train.scheduled_sampling",
        ]
        where Task.schema.option(key) != nil { settings[key] = "0" }
        let run = try data.begin(
          leaves, Self.settings.merging(settings) { $1 })
        var reports: [UpdateReport] = []
        _ = try run.train { if case .updated(let report) = $0 { reports.append(report) } }
        return reports
      }
      let whole = try reports("1")
      for leaves in ["2", "4"] {
        for (part, whole) in zip(try reports(leaves), whole) {
          #expect(abs(part.loss - whole.loss) <= 2e-5 * abs(whole.loss), "update \(whole.update)")
          #expect(
            abs(part.gradientNorm - whole.gradientNorm) <= 1e-4 * whole.gradientNorm,
            "update \(whole.update): \(part.gradientNorm), \(whole.gradientNorm)")
          #expect(part.tokens == whole.tokens)
        }
      }
    }
    try check(contract.task)
  }

  /// One process with one, two or three threads, two processes and four: the files of weights are the same
  /// bytes, whatever numbers they send each other.
  @Test(arguments: TaskContractTests.all, ["f32", "bf16"])
  func ranksAndThreadsDoNotMatter(_ contract: TaskUnderContract, _ exchange: String) throws {
    let settings = Self.settings.merging(["train.exchange": exchange]) { $1 }
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      nonisolated(unsafe) let data = try Prepared<Task>(contract)
      let one = try data.begin("1", settings)
      try one.train(stopAt: .max)
      func compare(_ name: String) throws {
        for file in [one.folder.model, one.folder.checkpoint(update: one.update)] {
          let twin = data.runs.file(name).appendingPathComponent(file.lastPathComponent)
          try expectEqualTensors(file, twin)
          #expect(
            try Data(contentsOf: file) == Data(contentsOf: twin),
            "\(name): \(file.lastPathComponent)")
        }
      }
      let three = try data.begin("3", settings.merging(["train.threads": "3"]) { $1 })
      try three.train(stopAt: .max)
      try compare("3")
      for ranks in [2, 4] {
        let name = "\(ranks) ranks"
        try ThreadLink.run(ranks) { link in
          let threads = ["train.threads": link.rank == 1 ? "2" : "1"]
          let run = try data.begin(name, settings.merging(threads) { $1 }, link: link)
          try run.train(stopAt: .max)
        }
        try compare(name)
      }
    }
    try check(contract.task)
  }

  /// Minibatches that are accumulated are one large minibatch, of as many leaves: no others than these where
  /// nobody asks for more. So are those that are drawn by class.
  @Test(arguments: TaskContractTests.all)
  func accumulatedMinibatchesAreOne(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let isDrawn = Task.schema.option("data.balance") != nil
      var ways = [(leaves: "4", asked: "4", order: [String: String]()), ("2", "1", [:])]
      if isDrawn { ways.append(("8", "8", ["data.balance": "true"])) }
      for (leaves, asked, order) in ways {
        func trained(_ name: String, _ settings: [String: String]) throws -> TrainingRun<Task> {
          let run = try data.begin(
            "\(name) \(leaves)",
            ["train.updates": "9", "train.eval_every": "4"].merging(order) { $1 }
              .merging(settings) { $1 })
          try run.train(stopAt: .max)
          return run
        }
        let large = try trained(
          "large", ["train.batch": "6", "train.batch_tokens": "70", "train.leaves": leaves])
        let accumulated = try trained(
          "accumulated",
          [
            "train.batch": "3", "train.batch_tokens": "35", "train.leaves": asked,
            "train.accumulate": "2",
          ])
        #expect(accumulated.updatesPerEpoch == large.updatesPerEpoch)
        try expectEqualTensors(
          large.folder.checkpoint(update: 9), accumulated.folder.checkpoint(update: 9))
        try expectEqualTensors(large.folder.model, accumulated.folder.model)
      }
    }
    try check(contract.task)
  }

  /// Begun by two processes, stopped when one of them is told to, and gone on with by four, then by one.
  @Test(arguments: TaskContractTests.all)
  func resumesOnOtherRanks(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      nonisolated(unsafe) let data = try Prepared<Task>(contract)
      let straight = try data.begin("straight", Self.settings)
      try straight.train(stopAt: .max)
      let stopped = RunFolder(url: data.runs.file("stopped"))
      try ThreadLink.run(2) { link in
        let run = try data.begin("stopped", Self.settings, link: link)
        #expect(try run.train(stopAt: link.rank == 1 ? 7 : .max) == .interrupted)
        #expect(run.update == 7)
      }
      try ThreadLink.run(4) { link in
        let run = try TrainingRun<Task>.resumed(stopped, link: link)
        #expect(try run.train(stopAt: link.rank == 3 ? 13 : .max) == .interrupted)
      }
      let resumed = try TrainingRun<Task>.resumed(stopped)
      #expect(resumed.update == 13)
      #expect(try resumed.train(stopAt: .max) == .finished)
      try expectEqualTensors(
        straight.folder.checkpoint(update: straight.update),
        stopped.checkpoint(update: straight.update))
      try expectEqualTensors(straight.folder.model, stopped.model)
    }
    try check(contract.task)
  }
}
