import Compute
import Foundation
import TestSupport
import Testing
import Runs

@Suite struct RunFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A run as training leaves it.
  func makeRun(_ name: String) throws -> RunFolder {
    let run = try RunFolder.create(at: folder.file(name))
    for file in [
      run.configuration, run.metrics, run.vocabulary, run.model,
      run.checkpoint(update: 12), run.checkpoint(update: 7),
    ] {
      try Data("x".utf8).write(to: file)
    }
    return run
  }

  @Test func namesItsFiles() throws {
    let run = try makeRun("deep/er/run")
    #expect(
      try folder.names(in: "deep/er/run") == [
        "checkpoint-12.safetensors", "checkpoint-7.safetensors", "config.toml", "metrics.jsonl",
        "model.safetensors", "vocabulary.json",
      ])
    #expect(run.tokenCache.lastPathComponent == "tokens")
    #expect(try RunFolder.open(at: folder.file("deep/er/run")) == run)
  }

  /// Kept again, as after a kill before the model was replaced, a model has its two names and no third.
  @Test func keepsAModelOnceAndAgain() throws {
    let run = try makeRun("run")
    let names = try folder.names(in: "run") + [run.earlierModel.lastPathComponent]
    for _ in 0..<2 {
      try run.keepModel()
      #expect(try folder.names(in: "run") == names.sorted())
    }
    try Data("y".utf8).write(to: run.model, options: .atomic)
    try run.keepModel()
    #expect(try Data(contentsOf: run.earlierModel) == Data("y".utf8))
    #expect(try folder.names(in: "run") == names.sorted())
  }

  @Test func refusesToWriteOverARun() throws {
    let run = try makeRun("run")
    let error = #expect(throws: UserError.self) { try RunFolder.create(at: run.url) }
    #expect(error?.message == "'\(run.url.path)' already holds a run")
    #expect(error?.kind == .usage)
    #expect(error?.hint?.contains("--resume") == true)
    #expect(error?.hint?.contains("--overwrite") == true)
    #expect(try folder.names(in: "run").count == 6)
  }

  @Test func overwritingRemovesTheRunAndNothingElse() throws {
    let run = try makeRun("run")
    try folder.write("mine", to: "run/notes.txt")
    try folder.write("half", to: "run/checkpoint-13.safetensors.7-9.partial")
    try folder.write("bad", to: "run/checkpoint-11.safetensors.broken")
    try folder.write("copy", to: "run/checkpoint-last.safetensors")
    try FileManager.default.createDirectory(
      at: run.tokenCache, withIntermediateDirectories: false)
    _ = try RunFolder.create(at: run.url, overwrite: true)
    #expect(try folder.names(in: "run") == ["checkpoint-last.safetensors", "notes.txt", "tokens"])
  }

  @Test(arguments: [
    ["thesis.tex"], ["config.toml", "main.rs"], ["vocabulary.json"], ["checkpoint-1.safetensors"],
    ["checkpoint-007.safetensors"],
  ])
  func refusesAFolderOfOtherThings(names: [String]) throws {
    for name in names { try folder.write("x", to: name) }
    for overwrite in [false, true] {
      let error = #expect(throws: UserError.self) {
        try RunFolder.create(at: folder.url, overwrite: overwrite)
      }
      #expect(error?.message.contains("is not empty and holds no run") == true)
      #expect(error?.message.contains("'\(folder.url.path)'") == true)
    }
    #expect(try folder.names() == names)
    #expect(throws: UserError.self) { try RunFolder.open(at: folder.url) }
  }

  @Test func aRunThatWasKilledAtOnceCanBeBegunAgain() throws {
    try folder.write("hal", to: "config.toml.7-9.partial")
    _ = try RunFolder.create(at: folder.url)
    // With the configuration written it is a run, though nothing was trained.
    try folder.write("", to: "config.toml")
    #expect(throws: UserError.self) { try RunFolder.create(at: folder.url) }
    _ = try RunFolder.open(at: folder.url)
    _ = try RunFolder.create(at: folder.url, overwrite: true)
    #expect(try folder.names() == [])
  }

  @Test func messagesShowThePathAsItWasTyped() {
    let typed = "runs/no-such-run"
    let error = #expect(throws: UserError.self) {
      try RunFolder.open(at: URL(fileURLWithPath: typed))
    }
    #expect(error?.message == "there is no folder 'runs/no-such-run'")
  }

  @Test func tellsWhatIsWrongWithThePath() throws {
    let missing = folder.file("missing")
    let error = #expect(throws: UserError.self) { try RunFolder.open(at: missing) }
    #expect(error?.message == "there is no folder '\(missing.path)'")
    let empty = #expect(throws: UserError.self) { try RunFolder.open(at: folder.url) }
    #expect(
      empty?.message == "'\(folder.url.path)' holds no run: expected 'config.toml' in it")
    let file = try folder.write("x", to: "file")
    #expect(throws: UserError.self) { try RunFolder.open(at: file) }
    #expect(throws: UserError.self) { try RunFolder.create(at: file, overwrite: true) }
    #expect(throws: UserError.self) {
      try RunFolder.create(at: file.appendingPathComponent("run"))
    }
  }
}
