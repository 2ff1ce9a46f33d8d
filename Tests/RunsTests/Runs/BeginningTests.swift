import Compute
import Foundation
import TestSupport
import Testing
import Runs

/// A run begins whole or not at all, whatever is cut off or refused on the way.
@Suite struct BeginningTests {
  private static let faults: [FileFault] = [
    .error(EIO), .error(ENOSPC), .error(EINTR), .short, .nothing,
  ]

  private func fill(_ folder: RunFolder) throws {
    try AtomicFile.write("new words", to: folder.vocabulary)
    try AtomicFile.write("new", to: folder.configuration)
  }

  private func makeOldRun(in folder: TemporaryFolder) throws {
    for (name, text) in [
      ("config.toml", "old"), ("vocabulary.json", "old words"), ("metrics.jsonl", "{}"),
      ("model.safetensors", "old"), ("checkpoint-7.safetensors", "old"), ("notes.txt", "mine"),
    ] { try folder.write(text, to: "run/\(name)") }
  }

  private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

  @Test func overwritingTakesTheOldRunAndNothingElse() throws {
    let folder = try TemporaryFolder()
    _ = try RunFolder.create(at: folder.file("run"))
    try makeOldRun(in: folder)
    #expect(throws: UserError.self) { try RunFolder.begin(at: folder.file("run"), fill) }
    let run = try RunFolder.begin(at: folder.file("run"), overwrite: true, fill)
    #expect(
      try folder.names(in: "run") == [
        "config.toml", "metrics.jsonl", "notes.txt", "vocabulary.json",
      ])
    #expect(try text(run.configuration) == "new")
  }

  @Test func anErrorOfTheFillerLeavesTheOldRun() throws {
    let folder = try TemporaryFolder()
    _ = try RunFolder.create(at: folder.file("run"))
    try makeOldRun(in: folder)
    let before = try folder.names(in: "run")
    #expect(throws: CancellationError.self) {
      try RunFolder.begin(at: folder.file("run"), overwrite: true) { staged in
        try fill(staged)
        throw CancellationError()
      }
    }
    #expect(try folder.names(in: "run") == before)
  }

  @Test(arguments: faults, [false, true])
  func everyCallMayFail(fault: FileFault, isLast: Bool) throws {
    for overwrites in [false, true] {
      var number = 1
      while true {
        let folder = try TemporaryFolder()
        let url = folder.file("run")
        if overwrites {
          _ = try RunFolder.create(at: url)
          try makeOldRun(in: folder)
        }
        let (wasMet, error) = FailingCall.run(number, fault, isLast: isLast) {
          try RunFolder.begin(at: url, overwrite: overwrites, fill)
        }
        let context: Comment = "call \(number) \(fault), \(String(describing: error))"
        if fault == .error(EINTR), !isLast { #expect(error == nil, context) }
        if let error { #expect(error is UserError, context) }
        try checkState(folder, overwrites: overwrites, isDone: error == nil, context)
        guard wasMet else { break }
        number += 1
      }
      #expect(number > 20, "no call went through the seam")
    }
  }

  /// The old run or the new one, whole, and the same command works again.
  private func checkState(
    _ folder: TemporaryFolder, overwrites: Bool, isDone: Bool, _ context: Comment
  ) throws {
    let url = folder.file("run")
    if isDone || (try? RunFolder.open(at: url)) != nil {
      let run = try RunFolder.open(at: url)
      let found = try text(run.configuration)
      #expect(found == "new" || (overwrites && !isDone && found == "old"), context)
      #expect(try text(run.vocabulary) == "\(found) words", context)
      let others = try folder.names(in: "run").filter { !$0.hasSuffix(".partial") }
      let expected =
        found == "old"
        ? [
          "checkpoint-7.safetensors", "config.toml", "metrics.jsonl", "model.safetensors",
          "notes.txt", "vocabulary.json",
        ]
        : ["config.toml", "metrics.jsonl"] + (overwrites ? ["notes.txt"] : []) + ["vocabulary.json"]
      #expect(others == expected, context)
    } else {
      #expect(!overwrites, context)
    }
    let run = try RunFolder.begin(at: url, overwrite: true, fill)
    #expect(try text(run.configuration) == "new", context)
    #expect(
      try folder.names(in: "run")
        == ["config.toml", "metrics.jsonl"] + (overwrites ? ["notes.txt"] : []) + [
          "vocabulary.json"
        ], context)
  }

  @Test func whatWasCutOffMayBeBegunAgainByTheSameCommand() throws {
    for state in ["beginning", "begun", "beginning.1-2.partial"] {
      let folder = try TemporaryFolder()
      let url = folder.file("run")
      try FileManager.default.createDirectory(
        at: folder.file("run/\(state)"), withIntermediateDirectories: true)
      try folder.write("cut", to: "run/\(state)/config.toml")
      let run = try RunFolder.begin(at: url, fill)
      #expect(try text(run.configuration) == "new")
      #expect(try folder.names(in: "run") == ["config.toml", "metrics.jsonl", "vocabulary.json"])
    }
  }

  @Test func sweepingTakesEveryKindOfPartialFileAndTheThirdCheckpoint() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder.create(at: folder.file("run"))
    try makeOldRun(in: folder)
    for name in ["tokens", "beginning.3-4.partial"] {
      try FileManager.default.createDirectory(
        at: folder.file("run/\(name)"), withIntermediateDirectories: false)
    }
    for name in [
      "model.safetensors.1-2.partial", "metrics.jsonl.1-2.partial", "vocabulary.json.1-2.partial",
      "checkpoint-9.safetensors.1-2.partial", "tokens/train.1-2.partial", "tokens/train",
      "beginning.3-4.partial/config.toml", "checkpoint-8.safetensors", "checkpoint-9.safetensors",
      "mine.1-2.partial",
    ] { try folder.write("x", to: "run/\(name)") }
    try run.sweep()
    #expect(
      try folder.names(in: "run") == [
        "checkpoint-8.safetensors", "checkpoint-9.safetensors", "config.toml", "metrics.jsonl",
        "mine.1-2.partial", "model.safetensors", "notes.txt", "tokens", "vocabulary.json",
      ])
    #expect(try folder.names(in: "run/tokens") == ["train"])
  }
}
