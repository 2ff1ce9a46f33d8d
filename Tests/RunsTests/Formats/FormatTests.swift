import Autodiff
import Compute
import Foundation
import Interchange
import Runs
import TestSupport
import Testing

/// Every file of a run says its format: a newer one is refused by name, one that says none is of 0.1.
@Suite struct FormatTests {
  let folder: TemporaryFolder
  let run: RunFolder

  init() throws {
    folder = try TemporaryFolder()
    run = try RunFolder.create(at: folder.file("run"))
  }

  /// File, found, expected, and who wrote it.
  private func expectRefusal(
    of url: URL, newest: Int, _ body: () throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: UserError.self, sourceLocation: sourceLocation) { try body() }
    #expect(
      error?.message
        == "'\(url.relativePath)' has the format 99, expected at most \(newest)",
      sourceLocation: sourceLocation)
    #expect(
      error?.hint?.contains("this is Unroll \(UnrollVersion.current)") == true,
      sourceLocation: sourceLocation)
  }

  // MARK: config.toml

  let schema = SettingsSchema(task: "example", of: ExampleSettings.self)

  @Test func settingsOfNewRunsSayTheirFormat() throws {
    let settings = try schema.resolve()
    #expect(settings.toml.hasPrefix("[run]\ntask = \"example\"\nformat = 2\n\n[data]\n"))
    try folder.write(settings.toml, to: "new.toml")
    let read = try schema.resolve(files: [folder.file("new.toml")])
    #expect(read.toml == settings.toml)
    #expect(read.differences(from: settings) == [])
    var old = settings
    old.format = 1
    #expect(old.toml.hasPrefix("[run]\ntask = \"example\"\n\n[data]\n"))
    #expect(old.withAbsolutePaths.format == 1)
  }

  @Test func settingsWithoutFormatAreTheFirst() throws {
    let file = try folder.write("[run]\ntask = \"example\"\n", to: "old.toml")
    #expect(SettingsFile.format(in: try SettingsFile.read(file)) == nil)
    // A new run from old settings is a new run.
    #expect(try schema.resolve(files: [file]).format == 2)
  }

  @Test func newerSettingsAreRefused() throws {
    let file = try folder.write("[run]\ntask = \"no such\"\nformat = 99\nnew = 1\n", to: "c.toml")
    expectRefusal(of: file, newest: 2) { _ = try schema.resolve(files: [file]) }
    try FileManager.default.copyItem(at: file, to: run.configuration)
    expectRefusal(of: run.configuration, newest: 2) { _ = try run.task() }
    let odd = try folder.write("[run]\nformat = \"two\"\n", to: "odd.toml")
    #expect(throws: UserError.self) { try schema.resolve(files: [odd]) }
  }

  // MARK: metrics.jsonl

  @Test func newerMetricsAreRefusedAndStay() throws {
    let text = "{\"update\":1,\"split\":\"train\",\"loss\":1.0,\"format\":99}\n{\"update\":9"
    try text.write(to: run.metrics, atomically: true, encoding: .utf8)
    expectRefusal(of: run.metrics, newest: 2) {
      _ = try MetricsWriter(resuming: run.metrics, at: 1)
    }
    #expect(try String(contentsOf: run.metrics, encoding: .utf8) == text)
    expectRefusal(of: run.metrics, newest: 2) { _ = try LearningCurves([run], measure: "loss") }
  }

  @Test func metricsOfAnyKnownFormatAreGoneOnWith() throws {
    let record = MetricsRecord(update: 2, ["split": .text("train"), "loss": .number(2)])
    let json = record.withFormat.json
    #expect(json.hasPrefix(#"{"update":2,"split":"train","loss":2.0,"format":2,"version":"#))
    let origin = try JSONValue(parsing: json)
    #expect(origin["version"]?.string == UnrollVersion.current)
    #expect(origin["instructions"]?.string == InstructionSet.active.rawValue)
    #expect(origin["build"]?.string?.count == 16)
    let old = "{\"update\":1,\"split\":\"train\",\"loss\":1.0}\n"
    try old.write(to: run.metrics, atomically: true, encoding: .utf8)
    try MetricsWriter(resuming: run.metrics, at: 1).write(record.withFormat)
    let writer = try MetricsWriter(resuming: run.metrics, at: 2)
    #expect(writer.history.format == 2 && writer.history.lastUpdate == 2)
    #expect(try LearningCurves([run], measure: "loss").curves[0][0].points.count == 2)
  }

  // MARK: data.json

  @Test func newerDataManifestsAreRefused() throws {
    try #"{"format":99,"data":{}}"#.write(to: run.data, atomically: true, encoding: .utf8)
    expectRefusal(of: run.data, newest: 1) { _ = try DataManifest(contentsOf: run.data) }
  }

  // MARK: Weights

  private func writer(_ metadata: [String: String]) -> SafetensorsWriter {
    var writer = SafetensorsWriter(metadata: metadata)
    writer.add("weight", shape: [2], floats: [1, 2])
    return writer
  }

  @Test func newerWeightsAreRefusedWithTheirVersion() throws {
    let notes = ["unroll.format": "99", "unroll.version": "9.1.0"]
    try writer(notes).write(to: run.model)
    let store = ParameterStore<Float>()
    expectRefusal(of: run.model, newest: 2) { _ = try run.openModel() }
    let error = #expect(throws: UserError.self) { try run.openModel() }
    #expect(error?.hint?.contains("written by Unroll 9.1.0") == true)
    // A model of 0.1 says nothing.
    try writer([:]).write(to: run.model)
    try run.openModel().restore(store)
  }

  /// It is not skipped as a damaged one is: going on from the one before would lose what it holds.
  @Test func newerCheckpointsAreRefused() throws {
    let progress = ["unroll.progress": #"{"update":1}"#]
    try run.writeCheckpoint(update: 1, writer(progress))
    #expect(try run.latestValidCheckpoint { Issue.record("\($0)") }.checkpoint.update == 1)
    let newer = try run.writeCheckpoint(
      update: 2, writer(["unroll.progress": #"{"update":2}"#, "unroll.format": "99"]))
    expectRefusal(of: newer.url, newest: 2) { _ = try run.latestValidCheckpoint { _ in } }
    #expect(try run.checkpoints().count == 2)
  }
}
