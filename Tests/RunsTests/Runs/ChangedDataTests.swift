import Compute
import Foundation
import Runs
import TestSupport
import Testing

/// A run goes on with data that have moved, and refuses data that have changed.
@Suite struct ChangedDataTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func manifest(_ paths: (key: String, name: String)...) throws -> DataManifest {
    try DataManifest(paths.map { ($0.key, folder.file($0.name).path) })
  }

  private func refusal(_ now: DataManifest, _ before: DataManifest) throws -> String? {
    let run = try RunFolder.plan(at: folder.file("run"))
    do {
      try now.check(against: before, of: run)
      return nil
    } catch let error as UserError {
      #expect(error.hint == "restore the data, or begin a new run")
      return error.message
    }
  }

  @Test func contentsCountAndPlacesDoNot() throws {
    for (name, text) in [("a", "one"), ("b", "one"), ("c", "two"), ("d", "longer")] {
      try folder.write(text, to: name)
    }
    let before = try manifest(("data.train", "a"))
    #expect(try refusal(before, before) == nil)
    #expect(try refusal(manifest(("data.train", "b")), before) == nil)
    for name in ["c", "d"] {
      let path = folder.file(name).path
      #expect(
        try refusal(manifest(("data.train", name)), before)
          == "the data has changed since '\(folder.file("run").path)' began: data.train, "
          + "'\(path)', has other contents now")
    }
    // Each key for itself.
    #expect(try refusal(manifest(("data.valid", "b")), before)?.contains("data.valid") == true)
  }

  /// A file that is what it was, one that is not, and one that the run does not name.
  @Test func whatIsMeasuredIsCompared() throws {
    for name in ["a", "b", "c"] { try folder.write("one", to: name) }
    let run = try RunFolder.plan(at: folder.file("run"))
    try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
    let files = ["a", "b", "c"].map(folder.file)
    #expect(try run.changes(in: files) == [])
    try manifest(("data.train", "a"), ("data.valid", "b")).write(to: run.data)
    #expect(try run.changes(in: files) == [])
    try folder.write("other", to: "b")
    try folder.write("other", to: "c")
    let changes = try run.changes(in: files)
    #expect(changes.count == 1)
    for part in [files[1].path, "5 bytes (xxh64 ", "3 bytes (xxh64 ", run.url.relativePath] {
      #expect(changes.first?.contains(part) == true, "\(part)")
    }
  }

  /// Both are named where a file at the same place has changed.
  @Test func bothContentsAreNamed() throws {
    try folder.write("one", to: "a")
    let before = try manifest(("data.train", "a"))
    try folder.write("longer", to: "a")
    let message = try #require(try refusal(manifest(("data.train", "a")), before))
    #expect(message.contains("now: 6 bytes (xxh64 "))
    #expect(message.contains("and 3 bytes (xxh64 \(before.entries[0].digest)) then"))
  }

  /// Of a folder names and contents count, of a run the model alone.
  @Test func foldersAreMeasured() throws {
    for name in ["x/in", "y/in", "runs/r"] {
      try FileManager.default.createDirectory(
        at: folder.file(name), withIntermediateDirectories: true)
    }
    for name in ["x", "y"] {
      try folder.write("1", to: "\(name)/a.wav")
      try folder.write("22", to: "\(name)/in/b.wav")
    }
    let before = try manifest(("data.audio", "x"))
    #expect(before.entries.map(\.bytes) == [3])
    #expect(try refusal(manifest(("data.audio", "y")), before) == nil)
    try FileManager.default.moveItem(at: folder.file("y/a.wav"), to: folder.file("y/c.wav"))
    #expect(try refusal(manifest(("data.audio", "y")), before) != nil)

    try folder.write("weights", to: "runs/r/model.safetensors")
    let run = try manifest(("data.lm", "runs/r"))
    try folder.write("{}", to: "runs/r/metrics.jsonl")
    #expect(try refusal(manifest(("data.lm", "runs/r")), run) == nil)
    try folder.write("others", to: "runs/r/model.safetensors")
    #expect(try refusal(manifest(("data.lm", "runs/r")), run) != nil)
  }

  @Test func fileIsReadBack() throws {
    try folder.write("one", to: "a")
    let found = try manifest(("data.train", "a"))
    let url = folder.file("data.json")
    try found.write(to: url)
    #expect(try DataManifest(contentsOf: url) == found)
    for (text, words) in [
      (#"{"format":9,"data":[]}"#, "has the format 9, expected at most 1"), ("{", "cannot be read"),
    ] {
      try folder.write(text, to: "data.json")
      let error = #expect(throws: UserError.self) { try DataManifest(contentsOf: url) }
      #expect(error?.message.contains("'\(url.path)'") == true)
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
    let missing = #expect(throws: UserError.self) { try manifest(("data.train", "none")) }
    #expect(missing?.message.contains("'\(folder.file("none").path)'") == true)
    // What is not named is not there.
    #expect(try DataManifest([("data.valid", "")]).entries.isEmpty)
  }

  // MARK: Runs

  private func run(_ text: URL) throws -> TrainingRun<LineTask> {
    try LineTask.run(text, folder.file("run"))
  }

  @Test func movedDataAreAccepted() throws {
    let text = try folder.write("a b c\nb a\nc c\na a\n", to: "text.txt")
    let run = try run(text)
    try run.begin()
    #expect(try run.train(stopAt: 2) == .interrupted)
    let moved = folder.file("moved.txt")
    try FileManager.default.moveItem(at: text, to: moved)
    // Where they lie now is said in the run's own file.
    let toml = try String(contentsOf: run.folder.configuration, encoding: .utf8)
    try toml.replacing(text.path, with: moved.path)
      .write(to: run.folder.configuration, atomically: true, encoding: .utf8)
    #expect(try TrainingRun<LineTask>.resumed(run.folder).train(stopAt: .max) == .finished)
  }

  /// The new place can be named where the run goes on, and is kept.
  @Test func aNewPlaceIsNamed() throws {
    let text = try folder.write("a b c\nb a\nc c\na a\n", to: "text.txt")
    let run = try run(text)
    try run.begin()
    #expect(try run.train(stopAt: 2) == .interrupted)
    let moved = folder.file("moved.txt")
    try FileManager.default.moveItem(at: text, to: moved)
    try folder.write("a b c\nb a\nc c\na b\n", to: "other.txt")
    let error = #expect(throws: UserError.self) {
      try TrainingRun<LineTask>.resumed(run.folder, ["data.text": folder.file("other.txt").path])
    }
    #expect(error?.kind == .usage)
    #expect(error?.message.contains("was begun with data.text = \"\(text.path)\"") == true)
    let resumed = try TrainingRun<LineTask>.resumed(run.folder, ["data.text": moved.path])
    #expect(resumed.settings.data.text == moved.path)
    #expect(try resumed.train(stopAt: 3) == .interrupted)
    // Nobody has to name it again.
    #expect(try TrainingRun<LineTask>.resumed(run.folder).train(stopAt: .max) == .finished)
    // Where nothing says what it began with, paths have to be the same.
    try FileManager.default.removeItem(at: run.folder.data)
    try FileManager.default.copyItem(at: moved, to: text)
    #expect(throws: UserError.self) {
      try TrainingRun<LineTask>.resumed(
        run.folder, ["data.text": text.path, "train.updates": "9"])
    }
  }

  @Test func changedDataAreRefused() throws {
    let text = try folder.write("a b c\nb a\n", to: "text.txt")
    let run = try run(text)
    try run.begin()
    try run.train(stopAt: .max)
    let before = try Data(contentsOf: run.folder.model)
    // The same words, and others.
    for (lines, words) in [("a b c\nb b\n", "has changed"), ("a b d\nb b\n", "has changed")] {
      try folder.write(lines, to: "text.txt")
      let error = #expect(throws: UserError.self) {
        try TrainingRun<LineTask>.resumed(run.folder, ["train.updates": "9"])
      }
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
    #expect(try Data(contentsOf: run.folder.model) == before)
  }

  /// Runs of version 0.1 have no manifest: what was learnt from the data is compared.
  @Test func artifactsTellOfOtherData() throws {
    let text = try folder.write("a b c\nb a\n", to: "text.txt")
    let run = try run(text)
    try run.begin()
    try FileManager.default.removeItem(at: run.folder.data)
    try folder.write("a b d\nb a\n", to: "text.txt")
    let error = #expect(throws: UserError.self) {
      try TrainingRun<LineTask>.resumed(run.folder)
    }
    #expect(
      error?.message == "the data has changed since '\(run.folder.url.path)' began: "
        + "its words are others now")
    try FileManager.default.removeItem(at: folder.file("run/words.txt"))
    let missing = #expect(throws: UserError.self) {
      try TrainingRun<LineTask>.resumed(run.folder)
    }
    #expect(missing?.message.contains("words.txt'") == true)
  }
}
