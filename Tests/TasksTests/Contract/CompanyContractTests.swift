import Autodiff
import Compute
import Foundation
import Interchange
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// What every registered task promises of several runs together: their mean, and their ensemble.
@Suite struct CompanyContractTests {
  /// Every weight of the mean is the mean of the weights; it is evaluated like any run, and not resumed.
  @Test(arguments: TaskContractTests.all)
  func weightsAreAveraged(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let runs = try ["1", "2"].map {
        try data.begin($0, ["train.seed": $0, "train.updates": "3"])
      }
      for run in runs { try run.train(stopAt: .max) }
      let last = runs[1].folder.checkpoint(update: 3)
      let out = data.runs.file("mean")
      try AveragedRun(of: [runs[0].folder.url, last], team: WorkerTeam(count: 1)).write(to: out)

      let folder = try RunFolder.open(at: out)
      let (a, b, mean) = (
        try SafetensorsFile.open(runs[0].folder.model), try SafetensorsFile.open(last),
        try SafetensorsFile.open(folder.model)
      )
      #expect(mean.tensors.keys.sorted() == a.tensors.keys.sorted())
      for name in a.tensors.keys {
        let expected = try zip(a.floats(name), b.floats(name)).map {
          Float((Double($0) + Double($1)) / 2)
        }
        #expect(try mean.floats(name) == expected, "\(name)")
      }
      _ = try Task.opened(in: folder, team: WorkerTeam(count: 2))
      let error = #expect(throws: UserError.self) { try TrainingRun<Task>.resumed(folder) }
      #expect(error?.hint?.contains("--from") == true, "\(error?.message ?? "")")
      // But a run begins with it.
      let begun = try data.begin("upon", ["train.from": out.path])
      #expect(begun.warmStart?.count == 1)
    }
    try check(contract.task)
  }

  /// A model beside itself says what it says alone, and the order of models does not matter.
  @Test(arguments: TaskContractTests.all)
  func anEnsembleOfOneIsThatOne(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      guard type is any Ensembling.Type, type is any Predicting.Type,
        let predicted = contract.data?.prediction
      else { return }
      let data = try Prepared<Task>(contract)
      let folders = try twoRuns(data)
      let lines = try predicted.lines(data.folder.url)
      func texts(_ places: [Int]) throws -> [String] {
        let team = try WorkerTeam.started(count: 2)
        let tasks = try places.map { try Task.opened(in: folders[$0], team: team) }
        try RunAgreement.check(zip(places, tasks).map { (folders[$0], $1) }, shapes: false)
        if tasks.count > 1, let task = tasks[0] as? any Ensembling {
          try task.join(any: Array(tasks.dropFirst()))
        }
        let task = try #require(tasks[0] as? any Predicting)
        return try task.predictions(lines).map(\.text).map(rounded)
      }
      let alone = try texts([0])
      #expect(try texts([0, 0, 0]) == alone)
      let both = try texts([0, 1])
      #expect(try texts([1, 0]) == both)
      #expect(both.count == lines.count || Task.name == "tag")
    }
    try check(contract.task)
  }

  /// A model beside itself is measured as it is alone, its loss too.
  @Test(arguments: TaskContractTests.all)
  func anEnsembleOfOneIsMeasuredAsThatOne(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      guard type is any EnsembleMeasuring.Type, let names = contract.data?.prediction?.files
      else { return }
      let data = try Prepared<Task>(contract)
      let folders = try twoRuns(data)
      let files = names.map { data.folder.file($0) }
      func score(_ places: [Int]) throws -> Score {
        let team = try WorkerTeam.started(count: 2)
        let tasks = try places.map { try Task.opened(in: folders[$0], team: team) }
        if places.count > 1, let task = tasks[0] as? any Ensembling {
          try task.join(any: Array(tasks.dropFirst()))
        }
        return try tasks[0].evaluate(files).score
      }
      let (alone, thrice) = (try score([0]), try score([0, 0, 0]))
      #expect(abs(alone.loss - thrice.loss) < 1e-4 * alone.loss, "\(alone), \(thrice)")
      #expect(alone.count == thrice.count)
      for (one, other) in zip(alone.figures, thrice.figures) {
        #expect(abs(one.value - other.value) < 1e-4, "\(one.key)")
      }
      let (other, both) = (try score([1]), try score([0, 1]))
      #expect(both.loss != alone.loss && both.loss != other.loss)
      #expect(both.loss < max(alone.loss, other.loss))
      #expect(abs(try score([1, 0]).loss - both.loss) < 1e-6 * both.loss)
    }
    try check(contract.task)
  }

  /// Of two seeds.
  private func twoRuns<Task: TrainingTask>(_ data: Prepared<Task>) throws -> [RunFolder] {
    try ["1", "2"].map { seed in
      let run = try data.begin(seed, ["train.seed": seed, "train.updates": "30"])
      try run.train(stopAt: .max)
      return run.folder
    }
  }

  /// Figures to three digits: an ensemble goes through logarithms.
  private func rounded(_ text: String) -> String {
    text.replacing(/-?\d+\.\d+(?:e-?\d+)?/) { String(format: "%.3f", (Double($0.output) ?? 0) + 0) }
      .replacing("-0.000", with: "0.000")
  }
}
