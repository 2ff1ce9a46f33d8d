import Foundation
import Runs
import TestSupport
import Testing

/// Settings that follow from the data, for every task: the same data give the same ones, what was given
/// stays, and `config.toml` makes the same run again.
@Suite struct AdviceContractTests {
  @Test(arguments: TaskContractTests.all)
  func adviceFollowsFromTheDataAlone(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let run = try data.advised("run")
      let other = try data.advised(
        "other", ["train.seed": "7", "train.threads": "3", "train.updates": "9"])
      for key in Task.advisedKeys { #expect(run.resolved[key] == other.resolved[key], "\(key)") }
      #expect(run.advice.isEmpty == Task.advisedKeys.isEmpty, "advice, or no keys for any")
      #expect(run.advice == other.advice)
    }
    try check(contract.task)
  }

  /// A key that no setting has would say nothing, to nobody's notice.
  @Test(arguments: TaskContractTests.all)
  func keysAreThoseOfSettings(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) {
      let named = Task.advisedKeys.union(Task.readingKeys)
      #expect(named.subtracting(Task.schema.keys) == [], "\(Task.name)")
    }
    check(contract.task)
  }

  /// Another run with the settings of its `config.toml`, which nobody advises any more, has its bits; so has
  /// one that stopped and went on.
  @Test(arguments: TaskContractTests.all)
  func configurationsRepeatIt(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let first = try data.advised("first")
      try first.train(stopAt: .max)
      let again = try TrainingRun<Task>(
        Task.schema.resolve(files: [first.folder.configuration]),
        folder: .plan(at: data.runs.file("again")), isAdvised: true)
      #expect(again.advice.isEmpty, "all is given")
      #expect(again.resolved.differences(from: first.resolved).isEmpty)
      try again.begin()
      try again.train(stopAt: .max)
      try expectEqualTensors(first.folder.model, again.folder.model)

      let stopped = try data.advised("stopped")
      #expect(try stopped.train(stopAt: 1) == .interrupted)
      let resumed = try TrainingRun<Task>.resumed(stopped.folder, ["train.threads": "3"])
      #expect(resumed.advice.isEmpty)
      try resumed.train(stopAt: .max)
      try expectEqualTensors(first.folder.model, resumed.folder.model)
    }
    try check(contract.task)
  }

  /// Whatever somebody gives stays; `fixed` leaves all as the list of options has it.
  @Test(arguments: TaskContractTests.all)
  func whatIsGivenStays(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let small = ["train.batch": "4", "train.steps": "5"]
      let fixed = try data.advised("fixed", small.merging(["train.defaults": "fixed"]) { $1 })
      #expect(fixed.advice.isEmpty)
      let advised = try data.advised("run")
      // All that the advice would change, as it is without it.
      let changed = advised.resolved.differences(from: fixed.resolved)
        .filter { Task.advisedKeys.contains($0.key) }
      let values = changed.map { ($0.key, "\($0.theirs)".trimmingCharacters(in: ["\""])) }
      let given = try data.advised("given", Dictionary(uniqueKeysWithValues: values))
      for (key, _) in values { #expect(given.resolved[key] == fixed.resolved[key], "\(key)") }
    }
    try check(contract.task)
  }
}
