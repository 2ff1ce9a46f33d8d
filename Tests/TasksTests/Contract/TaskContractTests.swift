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

/// What every registered task promises, whatever it learns and in whichever form. Whoever adds a task
/// adds a row to `TaskContractData.all`.
@Suite struct TaskContractTests {
  /// Every command of every task, in all forms that its data may have.
  static let all: [TaskUnderContract] = {
    StandardTasks.register()
    return TaskRegistry.tasks.flatMap { task in
      task.commands.flatMap { command in
        TaskContractData.forms(of: "\(task.name) \(command.name)").map {
          TaskUnderContract(task: task, command: command, name: $0)
        }
      }
    }
  }()

  @Test func theTableHasNoOtherRows() {
    let names = Set(Self.all.map(\.name))
    #expect(Self.all.count == names.count)
    #expect(TaskContractData.all.keys.allSatisfy(names.contains))
  }

  /// The loss falls in training; the files of weights are the same bytes at 1, 2, 3 and 5 threads.
  @Test(arguments: all)
  func learnsTheSameAtAnyNumberOfThreads(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let one = try data.begin("1")
      var losses: [Double] = []
      _ = try one.train { if case .updated(let report) = $0 { losses.append(report.loss) } }
      func mean(_ part: ArraySlice<Double>) -> Double { part.reduce(0, +) / Double(part.count) }
      let (first, last) = (mean(losses.prefix(12)), mean(losses.suffix(12)))
      #expect(last < 0.95 * first, "the loss went from \(first) to \(last)")
      for threads in ["2", "3", "5"] {
        let other = try data.begin(threads, ["train.threads": threads])
        try other.train(stopAt: .max)
        for file in [one.folder.model, one.folder.checkpoint(update: one.update)] {
          let twin = other.folder.url.appendingPathComponent(file.lastPathComponent)
          try expectEqualTensors(file, twin)
          #expect(try Data(contentsOf: file) == Data(contentsOf: twin), "\(file.lastPathComponent)")
        }
      }
    }
    try check(contract.task)
  }

  /// Examples that do not stay in memory, and of which no byte may, teach the same.
  @Test(arguments: all)
  func examplesOnTheDiskTeachTheSame(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let settings = ["train.updates": "14"]
      let memory = try data.begin("memory", settings)
      try memory.train(stopAt: .max)
      let disk = try withListMemory(limit: 0) {
        let disk = try data.begin("disk", settings)
        try disk.train(stopAt: .max)
        return disk
      }
      #expect(try Data(contentsOf: memory.folder.model) == Data(contentsOf: disk.folder.model))
    }
    try check(contract.task)
  }

  /// Those that drop, with one layer, what stands for a whole sequence.
  private static let dropsOfSequences: Set = [
    "answer answer", "classify classify", "classify classify, series", "regress regress",
    "synthetic adding", "synthetic temporal-order",
  ]

  /// Wherever a place of dropout has steps, one mask for all of them is another than one for each.
  @Test(arguments: all)
  func masksOfAllStepsAreOthers(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      guard Task.schema.option("model.locked_dropout") != nil else { return }
      let data = try Prepared<Task>(contract)
      let places = ["model.dropout", "model.input_dropout", "model.output_dropout"]
        .filter { Task.schema.option($0) != nil }
      for place in places {
        func weights(_ rate: String, isLocked: Bool) throws -> [UInt32] {
          var settings = Dictionary(uniqueKeysWithValues: places.map { ($0, "0") })
          settings[place] = rate
          settings["model.locked_dropout"] = "\(isLocked)"
          let name = "\(place) \(rate) \(isLocked)"
          let run = try data.begin(
            name, settings.merging(["model.layers": "1", "train.updates": "2"]) { $1 })
          try run.train(stopAt: .max)
          return run.task.parameters.parameters.flatMap(\.values).map(\.bitPattern)
        }
        let free = try weights("0.5", isLocked: false)
        // Some have no place between layers where there is one.
        guard try weights("0", isLocked: false) != free else { continue }
        let hasSteps = !(Self.dropsOfSequences.contains(contract.name) && place == "model.dropout")
        #expect(try (weights("0.5", isLocked: true) != free) == hasSteps, "\(place)")
      }
    }
    try check(contract.task)
  }

  /// Stopped in the middle of an epoch, the data moved meanwhile, and continued with another number of
  /// threads: weights, best weights and all that a checkpoint holds are the same bits.
  @Test(arguments: all)
  func resumingEqualsNeverStopping(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let (straight, stopped) = (try data.begin("straight"), try data.begin("stopped"))
      try straight.train(stopAt: .max)
      #expect(try stopped.train(stopAt: 17) == .interrupted)
      let moved = data.runs.file("elsewhere")
      try FileManager.default.moveItem(at: data.folder.url, to: moved)
      let configuration = stopped.folder.configuration
      try String(contentsOf: configuration, encoding: .utf8)
        .replacing(data.folder.url.path, with: moved.path)
        .write(to: configuration, atomically: true, encoding: .utf8)
      let resumed = try TrainingRun<Task>.resumed(stopped.folder, ["train.threads": "3"])
      #expect(resumed.update == 17)
      #expect(try resumed.train(stopAt: .max) == .finished)
      try expectEqualTensors(
        straight.folder.checkpoint(update: straight.update),
        resumed.folder.checkpoint(update: straight.update))
      try expectEqualTensors(straight.folder.model, resumed.folder.model)
    }
    try check(contract.task)
  }

  /// The figure that is said to pick the best weights does, and a validation that is told to stop, in
  /// whichever batch, is made again.
  @Test(arguments: all)
  fileprivate func validationsStopAndAreMadeAgain(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let settings = ["train.updates": "14"]
      let (straight, stopped) = (
        try data.begin("straight", settings), try data.begin("stopped", settings)
      )
      _ = try straight.train {
        guard case .validated(let report) = $0 else { return }
        #expect(report.score.deciding.key == straight.task.monitored)
      }
      // Asked once before a validation, then before each batch of it.
      var questions = 0
      let end = try stopped.train(shouldStop: {
        guard stopped.update == 7 else { return false }
        questions += 1
        return questions > 1
      }) { _ in }
      #expect(end == .interrupted)
      let resumed = try TrainingRun<Task>.resumed(stopped.folder, ["train.threads": "3"])
      #expect(resumed.update == 7)
      #expect(try resumed.train(stopAt: .max) == .finished)
      try expectEqualTensors(
        straight.folder.checkpoint(update: 14), resumed.folder.checkpoint(update: 14))
      try expectEqualTensors(straight.folder.model, resumed.folder.model)
    }
    try check(contract.task)
  }

  /// A byte of the data is another: the run is not resumed, and the error names what has changed.
  @Test(arguments: all)
  func changedDataAreRefused(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let run = try data.begin("run", ["train.updates": "2"])
      try run.train(stopAt: .max)
      guard let change = contract.data?.change else {
        return #expect(Task.Source.self == MadeSource.self, "the row changes no data")
      }
      try data.rewrite(change.file, change.apply)
      let error = try #require(throws: UserError.self) {
        try TrainingRun<Task>.resumed(run.folder, ["train.updates": "4"])
      }
      #expect(error.message.contains("the data has changed"), "\(error.message)")
      // Of a folder, the folder.
      let named = change.file.prefix { $0 != "/" }
      #expect(error.message.contains(named), "\(error.message)")
    }
    try check(contract.task)
  }

  /// Predicting what is evaluated gives what the evaluation has counted; many at a time as one by one.
  @Test(arguments: all)
  func predictionEqualsEvaluation(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      guard let predicted = contract.data?.prediction else {
        return #expect(!(type is any Predicting.Type), "the row predicts nothing")
      }
      // Until it says this of one example and that of another.
      let run = try data.begin("run", ["train.updates": "300", "train.eval_every": "300"])
      try run.train(stopAt: .max)
      let trained = try Task.opened(in: run.folder, team: WorkerTeam(count: 2))
      let task = try #require(trained as? any Predicting)
      let lines = try predicted.lines(data.folder.url)
      let (many, single) = (
        try task.predictions(lines), try task.predictions(lines, atOnce: false)
      )
      #expect(many.map(\.text) == single.map(\.text))
      #expect(many.map(\.json) == single.map(\.json))
      #expect(Set(many.map(\.text)).count > 1, "it always says the same: nothing was tested")

      let files = predicted.files.map(data.folder.file)
      let evaluation = try trained.evaluate(files).json
      let figures = try predicted.figures(trained, data.folder.url, many.map(\.json))
      for (key, value) in figures {
        let counted = try #require(evaluation[key]?.number, "\(key)")
        // Probabilities are printed as Float.
        #expect(abs(counted - value) <= 1e-5 * max(1, abs(counted)), "\(key)")
      }
    }
    try check(contract.task)
  }

  /// The first line that makes no sense is named, with its file.
  @Test(arguments: all)
  func aBadLineIsNamed(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      guard let mistake = contract.data?.mistake else {
        return #expect(Task.Source.self == MadeSource.self, "the row makes no mistake")
      }
      try data.rewrite(mistake.file, mistake.apply)
      let error = try #require(throws: UserError.self) { try data.begin("run") }
      let name = (mistake.file as NSString).lastPathComponent
      #expect(error.message.contains(name), "\(error.message)")
      #expect(error.message.contains(mistake.place), "\(error.message)")
    }
    try check(contract.task)
  }
}

/// A command of a registered task, and the row that holds its data.
struct TaskUnderContract: Sendable, CustomTestStringConvertible {
  let task: any TrainingTask.Type
  let command: TaskCommand

  let name: String
  var data: TaskContractData? { TaskContractData.all[name] }
  var testDescription: String { name }
}

/// The data of a command, written to a folder, and a place for runs on them.
struct Prepared<Task: TrainingTask> {
  let folder: TemporaryFolder
  let runs: TemporaryFolder
  private let contract: TaskUnderContract
  private let data: TaskContractData

  init(_ contract: TaskUnderContract) throws {
    self.contract = contract
    data = try #require(
      contract.data, "'\(contract.name)' has no row in TaskContractData.all")
    (folder, runs) = (try TemporaryFolder(), try TemporaryFolder())
    try data.write(folder.url)
  }

  /// A new run on one thread, unless `settings` say otherwise.
  ///
  /// - Parameter link: to other threads that begin the same run, each as a rank of its own.
  func begin(
    _ name: String, _ settings: [String: String] = [:], link: (any RankLink)? = nil
  ) throws -> TrainingRun<Task> {
    try begin(
      name, TaskContractData.common.merging(own) { $1 }.merging(settings) { $1 }, isAdvised: false,
      link: link)
  }

  /// A new run of three updates with what the data advise, unless `settings` say otherwise.
  func advised(_ name: String, _ settings: [String: String] = [:]) throws -> TrainingRun<Task> {
    // The output is what some contracts are of, and others of their settings need it.
    let given = own.filter { !Task.advisedKeys.contains($0.key) || $0.key == "model.output" }
      .merging(["train.updates": "3", "data.valid_fraction": "0.25"]) { $1 }
    return try begin(name, given.merging(settings) { $1 }, isAdvised: true, link: nil)
  }

  private func begin(
    _ name: String, _ settings: [String: String], isAdvised: Bool, link: (any RankLink)?
  ) throws -> TrainingRun<Task> {
    let schema = Task.schema
    let all = ["train.threads": "1"].merging(settings) { $1 }
      .filter { schema.option($0.key) != nil }
    let run = try TrainingRun<Task>(
      schema.resolve(
        overrides: contract.command.fixed + all.map { SettingsOverride($0, text: $1) }),
      folder: link == nil ? .plan(at: runs.file(name)) : RunFolder(url: runs.file(name)),
      isAdvised: isAdvised, link: link)
    try run.begin()
    return run
  }

  /// The settings of the row, with paths in the folder of the data.
  private var own: [String: String] {
    Dictionary(
      uniqueKeysWithValues: data.settings.map { key, value in
        (key, Task.schema.option(key)?.isPath == true ? folder.file(value).path : value)
      })
  }

  func rewrite(_ name: String, _ change: (inout Data) throws -> Void) throws {
    var content = try Data(contentsOf: folder.file(name))
    try change(&content)
    try content.write(to: folder.file(name))
  }
}
