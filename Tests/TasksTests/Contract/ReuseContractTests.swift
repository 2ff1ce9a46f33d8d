import Autodiff
import Compute
import Foundation
import Interchange
import Runs
import Tasks
import TestSupport
import Testing

/// What every registered task promises of weights that go from run to run, and of frozen ones.
@Suite struct ReuseContractTests {
  /// On the same data a run begins with all of another's best weights, and does not need it any more:
  /// stopped before its first checkpoint or after it, it goes on as if it had never stopped.
  @Test(arguments: TaskContractTests.all)
  func aRunBeginsWithAnother(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let source = try data.begin("source", ["train.updates": "7"])
      try source.train(stopAt: .max)
      let settings = [
        "train.from": source.folder.url.path, "train.updates": "9", "train.seed": "5",
      ]
      let (straight, stopped) = (try data.begin("a", settings), try data.begin("b", settings))
      try expectWeights(of: straight.task, in: source.folder.model)
      var notes: [String] = []
      _ = try straight.train { if case .note(let text) = $0 { notes.append(text) } }
      // Only that all was taken.
      #expect(notes.count == 1, "\(notes)")

      try FileManager.default.removeItem(at: source.folder.url)
      let begun = try TrainingRun<Task>.resumed(stopped.folder)
      #expect(begun.update == 0)
      #expect(try begun.train(stopAt: 4) == .interrupted)
      #expect(
        try TrainingRun<Task>.resumed(stopped.folder, ["train.threads": "3"]).train(stopAt: .max)
          == .finished)
      for name in ["model.safetensors", "checkpoint-9.safetensors"] {
        try expectEqualTensors(
          straight.folder.url.appendingPathComponent(name),
          stopped.folder.url.appendingPathComponent(name))
      }
    }
    try check(contract.task)
  }

  /// Frozen parameters keep their bits, all others learn, and neither depends on the threads.
  @Test(arguments: TaskContractTests.all)
  func frozenParametersStay(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let settings = ["train.freeze": "*.bias*", "train.updates": "5", "train.eval_every": "5"]
      let runs = try ["1", "3"].map {
        try data.begin($0, settings.merging(["train.threads": $0]) { $1 })
      }
      let store = runs[0].task.parameters
      let before = store.parameters.map(\.values)
      for run in runs { try run.train(stopAt: .max) }
      try expectEqualTensors(runs[0].folder.model, runs[1].folder.model)
      for (parameter, values) in zip(store.parameters, before) {
        let isFrozen = parameter.name.contains(".bias")
        let isSame = parameter.values.map(\.bitPattern) == values.map(\.bitPattern)
        #expect(isSame == isFrozen, "\(parameter.name)")
      }
      #expect(store.parameters.contains { $0.name.contains(".bias") })
    }
    try check(contract.task)
  }

  /// A name for each row and each column that has names.
  @Test(arguments: TaskContractTests.all)
  func everyRowHasAName(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let task = try Prepared<Task>(contract).begin("run").task
      for axis in task.namedAxes {
        let parameter = try #require(task.parameters.parameter(named: axis.parameter))
        #expect(
          axis.names.count == (axis.side == .rows ? parameter.rows : parameter.columns),
          "\(axis.parameter)")
        #expect(Set(axis.names.map { Array($0.utf8) }).count == axis.names.count)
      }
    }
    try check(contract.task)
  }

  private func expectWeights(of task: some TrainingTask, in url: URL) throws {
    let file = try SafetensorsFile.open(url)
    for parameter in task.parameters.parameters {
      #expect(
        try file.floats(parameter.name).map(\.bitPattern) == parameter.values.map(\.bitPattern),
        "\(parameter.name)")
    }
  }
}
