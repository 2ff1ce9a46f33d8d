import Foundation
import TestSupport
import Testing

/// What a training would take is told before anything is taken, whatever the task.
@Suite struct MemoryRefusalTests {
  @Test(
    arguments: [
      ("lm", ["--text"], String(repeating: "a b c d e f g h\n", count: 400)),
      ("tag", ["--data", "--valid"], "a O\nb B-n\n"),
      ("answer", ["--stories", "--valid"], "1 x\n2 q?\ta\n3 q?\tb\n"),
      ("autoencode", ["--text"], "a b c\nb c\nc a b\nd e\nf a\n"),
      ("adding", ["--length", "9"], nil),
    ] as [(String, [String], String?)])
  func modelsThatDoNotFitAreRefused(task: String, options: [String], data: String?) throws {
    let folder = try TemporaryFolder()
    let path = try data.map { try folder.write($0, to: "data.txt") }
    let result = try UnrollProcess.run(
      ["train", task, "--hidden", "65536", "--layers", "200", "--out", folder.path("run")]
        + (path.map { path in options.flatMap { [$0, path] } } ?? options))
    #expect(result.status == 1, "\(result.errors)")
    for words in [
      "this training needs", "weights and gradients", "optimizer moments", "this machine has",
      "--hidden",
    ] {
      #expect(result.errors.contains(words), "\(result.errors)")
    }
    // Nothing is left behind that looks like a run.
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/config.toml")))
  }

  /// Those that are made, too, of which none is made for it.
  @Test(arguments: [
    ["adding", "--length", "1048576", "--batch", "1048576"],
    ["copy", "--length", "20000", "--batch", "30000", "--hidden", "1024"],
    [
      "recall", "--memory-slots", "1048576", "--memory-width", "65536", "--batch", "131072",
      "--max-length", "1000",
    ],
  ])
  func minibatchesThatDoNotFitAreRefused(options: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try UnrollProcess.run(["train"] + options + ["--out", folder.path("run")])
    #expect(result.status == 1, "\(result.errors)")
    #expect(result.errors.contains("this machine has"), "\(result.errors)")
    #expect(try folder.names() == [])
  }
}
