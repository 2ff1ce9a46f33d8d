import TestSupport
import Testing
import Unroll

/// What `--monitor` names picks the best weights; what cannot be known is refused before a run begins.
@Suite struct MonitorTests {
  /// A figure of which more is better picks what the loss, its mirror, picks; the default is told.
  @Test func figuresKnowTheirDirection() throws {
    let runs = try TargetRuns()
    var best: [[Int]] = []
    for (name, monitor) in [("default", ""), ("loss", "loss"), ("figure", "Closeness")] {
      let run = try runs.begin(
        name,
        [
          "train.monitor": monitor, "optimizer.lr": "3",
          "schedule.warmup": "33", "train.eval_every": "3", "optimizer.clip_norm": "0",
        ])
      var updates: [Int] = []
      var told: String?
      _ = try run.train { event in
        if case .started(let summary) = event { told = summary.monitored }
        if case .validated(let report) = event, report.isBest { updates.append(report.update) }
      }
      #expect(told == (name == "figure" ? "closeness" : "loss"))
      best.append(updates)
    }
    #expect(best[0].count > 1 && best[0].last != 33, "it only improves: nothing is tested")
    #expect(best[0] == best[1] && best[0] == best[2])
  }

  /// Every name that a task does not measure, or that says nothing about how good a model is.
  @Test(arguments: ["f1", "size", "epoch"])
  func unknownNamesAreRefusedWithThoseThereAre(name: String) throws {
    let runs = try TargetRuns()
    let error = try #require(throws: UserError.self) {
      try runs.begin("run", ["train.monitor": name])
    }
    #expect(error.kind == .usage)
    #expect(error.message.contains("loss, closeness"), "\(error.message)")
    #expect(error.message.contains(name))
    #expect(try !runs.folder.names.contains("run"), "nothing was begun")
  }

  @Test(arguments: [
    ("train.patience", "2"), ("train.monitor", "loss"), ("schedule.name", "plateau"),
    ("optimizer.average_after", "3"),
  ])
  func whatGoesByValidationNeedsOne(key: String, value: String) throws {
    let runs = try TargetRuns()
    let error = try #require(throws: UserError.self) {
      try runs.begin("run", [key: value, "data.valid": ""])
    }
    #expect(error.kind == .usage)
    #expect(error.message.contains(value), "\(error.message)")
    #expect(error.hint?.contains("--valid") == true)
  }
}
