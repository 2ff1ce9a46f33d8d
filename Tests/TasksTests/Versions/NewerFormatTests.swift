import Compute
import Foundation
import Interchange
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// What a task keeps beside its weights says its format: a newer one is refused by name, and files of 0.1
/// that say none are read (`EarlierRunTests`).
@Suite struct NewerFormatTests {
  private let copy: TemporaryFolder

  init() throws {
    StandardTasks.register()
    copy = try TemporaryFolder()
  }

  private func run(_ name: String) throws -> RunFolder {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let root = copy.file(name)
    try FileManager.default.copyItem(
      at: fixtures.appendingPathComponent("0.1/\(name)"), to: root)
    let configuration = root.appendingPathComponent("run/config.toml")
    try String(contentsOf: configuration, encoding: .utf8)
      .replacing("/fixtures/\(name)/", with: root.path + "/")
      .write(to: configuration, atomically: true, encoding: .utf8)
    return try RunFolder.open(at: root.appendingPathComponent("run"))
  }

  @Test(arguments: [
    ("lm", "vocabulary.json", "version", 2), ("tag", "vocabulary-characters.json", "version", 2),
    ("tag", "tags.json", "version", 2), ("transcribe", "alphabet.json", "format", 2),
  ])
  func newerFilesAreRefused(name: String, file: String, member: String, newest: Int) throws {
    let run = try run(name)
    let url = run.url.appendingPathComponent(file)
    guard
      case .object(let members) = try JSONValue(parsing: String(contentsOf: url, encoding: .utf8))
    else {
      Issue.record("\(file) is no object")
      return
    }
    let newer = members.filter { $0.name != member } + [.init(member, .integer(99))]
    try "\(JSONValue.object(newer))".write(to: url, atomically: true, encoding: .utf8)
    let error = #expect(throws: UserError.self) { try run.openTask(team: WorkerTeam(count: 1)) }
    #expect(error?.message == "'\(url.relativePath)' has the format 99, expected at most \(newest)")
  }

  /// Resuming does not make it a run of this version, whose ways it may not have.
  @Test func aRunKeepsTheFormatItBeganIn() throws {
    let folder = try run("lm")
    let resumed = try TrainingRun<LanguageModelTask>.resumed(folder, ["train.updates": "8"])
    #expect(resumed.resolved.format == 1)
    try resumed.train(stopAt: .max)
    #expect(try !String(contentsOf: folder.configuration, encoding: .utf8).contains("format"))
    let again = try TrainingRun<LanguageModelTask>.resumed(folder, ["train.updates": "9"])
    #expect(again.resolved.format == 1 && again.update == 8)
  }

  /// 0.1 took an unchanged accuracy for progress; what it remembers cannot be gone on with.
  @Test func aPlateauOfAccuracyIsRefused() throws {
    let folder = try run("classify")
    var configuration = try String(contentsOf: folder.configuration, encoding: .utf8)
    let range = try #require(configuration.range(of: "name = \"constant\""))
    configuration.replaceSubrange(range, with: "name = \"plateau\"")
    try configuration.write(to: folder.configuration, atomically: true, encoding: .utf8)
    let checkpoint = folder.checkpoint(update: 7)
    try rewrite(checkpoint) { $0.replacing("\"schedule\":{", with: "\"schedule\":{\"best\":-0.5,") }
    let error = #expect(throws: UserError.self) {
      try TrainingRun<ClassificationTask>.resumed(folder, ["train.updates": "8"])
    }
    #expect(error?.message.contains("plateau schedule of Unroll 0.1") == true)
    #expect(error?.hint?.contains("resume it with Unroll 0.1") == true)
    // Any other schedule goes on.
    _ = try TrainingRun<ClassificationTask>.resumed(folder, ["schedule.name": "constant"])
  }

  /// Writes a checkpoint anew, with other counters.
  private func rewrite(_ url: URL, _ change: (String) -> String) throws {
    let file = try SafetensorsFile.open(url)
    let progress = try #require(file.metadata["unroll.progress"])
    #expect(change(progress) != progress)
    var writer = SafetensorsWriter(metadata: ["unroll.progress": change(progress)])
    for (name, tensor) in file.tensors {
      writer.add(
        name, type: tensor.type, shape: tensor.shape,
        bytes: try file.withBytes(of: name) { Array($0) })
    }
    try writer.write(to: url)
  }
}
