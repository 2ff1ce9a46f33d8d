import Compute
import Foundation
import Interchange
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Runs of released versions, as their users have them: they open, are as good as they were, and go on
/// as if no new version had come. `Fixtures/README.md` says what is in their folders.
@Suite struct EarlierRunTests {
  private static let runs: [String] = {
    StandardTasks.register()
    return [
      "answer", "autoencode", "classify", "compose", "lm", "lm-condition", "recall", "regress",
      "synthetic", "tag", "transcribe", "translate",
    ].map { "0.1/\($0)" }
  }()

  @Test func everyTaskOfTheVersionIsThere() throws {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: Self.fixtures().appendingPathComponent("0.1").path)
    #expect(Set(names.map { "0.1/\($0)" }) == Set(Self.runs))
  }

  /// The best weights are as good as the run has noted of them.
  @Test(arguments: runs)
  func opensAndIsMeasured(name: String) throws {
    func check<Task: TrainingTask>(_ type: Task.Type, _ run: EarlierRun) throws {
      let settings = try Task.settings(of: run.folder).settings(as: Task.Settings.self)
      let team = WorkerTeam(count: 2)
      let workplace = Workplace(team: team, folder: run.folder)
      var (training, validation) = try Task.read(settings, workplace)
      if validation == nil, let heldOut = Task.heldOut(settings) {
        (training, validation) = try training.divided(heldOut)
      }
      let task = try Task.opened(in: run.folder, team: team)
      let score = try task.validate(task.examples(#require(validation)))
      #expect(try run.validationLosses().contains(score.loss), "\(score.loss)")
      let evaluation = try task.evaluate(run.data)
      #expect(evaluation.score.loss.isFinite && evaluation.score.count > 0)
    }
    let run = try EarlierRun(Self.fixtures(), name)
    try check(run.folder.task(), run)
  }

  /// Weights and moments are, bit for bit, those that its own version comes to.
  @Test(arguments: runs, ["1", "3"])
  func goesOnAsItsVersionWould(name: String, threads: String) throws {
    func check<Task: TrainingTask>(_ type: Task.Type, _ run: EarlierRun) throws {
      let resumed = try TrainingRun<Task>.resumed(
        run.folder, ["train.updates": "12", "train.threads": threads])
      #expect(resumed.update == 7)
      #expect(try resumed.train(stopAt: .max) == .finished)
      try expectEqualTensors(run.folder.checkpoint(update: 12), run.expected)
    }
    let run = try EarlierRun(Self.fixtures(), name)
    try check(run.folder.task(), run)
  }

  private static func fixtures() throws -> URL {
    try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
  }
}

/// A copy of a run and its data.
private struct EarlierRun {
  private let copy: TemporaryFolder
  let folder: RunFolder
  /// What the run is measured on: nothing where examples are made.
  let data: [URL]
  /// The checkpoint that its own version comes to.
  var expected: URL { copy.file("fixture/expected/checkpoint-12.safetensors") }

  init(_ fixtures: URL, _ name: String) throws {
    let copy = try TemporaryFolder()
    self.copy = copy
    let root = copy.file("fixture")
    try FileManager.default.copyItem(at: fixtures.appendingPathComponent(name), to: root)
    let configuration = root.appendingPathComponent("run/config.toml")
    let task = URL(fileURLWithPath: name).lastPathComponent
    try String(contentsOf: configuration, encoding: .utf8)
      .replacing("/fixtures/\(task)/", with: root.path + "/")
      .write(to: configuration, atomically: true, encoding: .utf8)
    folder = try RunFolder.open(at: root.appendingPathComponent("run"))
    let names = (try? copy.names(in: "fixture/data")) ?? []
    data = names.map { copy.file("fixture/data/\($0)") }
  }

  func validationLosses() throws -> [Double] {
    try String(contentsOf: folder.metrics, encoding: .utf8).split(separator: "\n")
      .map { try JSONValue(parsing: String($0)) }
      .filter { $0["split"]?.string == "valid" }.compactMap { $0["loss"]?.number }
  }
}
