import Foundation
import TestSupport
import Testing

/// A neural Turing machine as a user types it: train, measure at other lengths, look at its memory.
@Suite struct RecallTests {
  private static let made = [
    "train", "recall", "--bits", "3", "--max-length", "3", "--hidden", "10", "--valid-sequences",
    "12", "--updates", "4", "--quiet",
  ]
  private static let small = made + ["--memory-slots", "9", "--memory-width", "4"]

  @Test func trainsMeasuresAndDraws() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try UnrollProcess.succeed(Self.small + ["--heads", "2", "--out", run])
    let score = try #require(
      try UnrollProcess.succeed(["eval", run, "--json"]).jsonLines().first)
    let bits = try #require(score["bits"] as? Double)
    #expect(abs(bits * log(2) - (score["loss"] as? Double ?? 0)) < 1e-9)
    #expect((score["flawless"] as? Double).map { (0...1).contains($0) } == true)
    let longer = try #require(
      try UnrollProcess.succeed(["eval", run, "--length", "20", "--json"]).jsonLines().first)
    #expect(longer["answer_bits"] as? Double == 60)
    #expect(
      try UnrollProcess.succeed(["eval", run, "--length", "20"]).output.contains("of 60.0 bits"))

    let unseen = try #require(
      try UnrollProcess.succeed(["eval", run, "--unseen", "30", "--json"]).jsonLines().first)
    #expect(unseen["loss"] as? Double != score["loss"] as? Double)

    let shown = try UnrollProcess.succeed(["inspect", run, "--memory", "--length", "7"])
    #expect(shown.output.contains("memory.svg"))
    let picture = try String(contentsOf: folder.file("run/memory.svg"), encoding: .utf8)
    #expect(picture.hasPrefix("<svg"))
    for name in ["input", "wanted", "answered", "write 1", "write 2", "read 1", "read 2"] {
      #expect(picture.contains(">\(name)</text>"), "\(name)")
    }
    #expect(picture.contains(">15</text>"), "7 vectors, a delimiter, 7 steps to answer")
    let json = try #require(
      try UnrollProcess.succeed([
        "inspect", run, "--memory", "--json", "--svg", folder.path("other.svg"),
      ]).jsonLines().first)
    let reads = try #require(json["read_weights"] as? [[[Double]]])
    #expect(reads.count == 2)
    #expect(reads.joined().allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 && $0.count == 9 })
    #expect(FileManager.default.fileExists(atPath: folder.path("other.svg")))
    // Nothing of it stands in the way of a new run.
    try UnrollProcess.succeed(Self.small + ["--overwrite", "--out", run])
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/memory.svg")))
  }

  @Test func recurrentLayersAloneHaveNoMemory() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try UnrollProcess.succeed(Self.made + ["--model", "lstm", "--out", run])
    #expect(
      try UnrollProcess.succeed(["eval", run, "--length", "5"]).output.contains("of 15.0 bits"))
    let refused = try UnrollProcess.run(["inspect", run, "--memory"])
    #expect(refused.status == 2)
    #expect(refused.errors.contains("no external memory"))
    let other = try UnrollProcess.run(["inspect", try TrainedRun.pears(), "--memory"])
    #expect(other.status == 2)
    #expect(other.errors.contains("--memory is for runs of: recall"))
  }

  @Test(arguments: [
    (["--task", "sort"], "'priority-sort'"),
    (["--controller", "lstn"], "'feedforward'"),
    (["--min-length", "4"], "data.min_length is 4"),
    (["--memory-slots", "0"], "from 1 to"),
    (["--controller", "feedforward", "--layers", "2"], "drop --layers"),
  ])
  func wrongOptionsAreRefused(more: [String], words: String) throws {
    let folder = try TemporaryFolder()
    let result = try UnrollProcess.run(Self.small + more + ["--out", folder.path("run")])
    #expect(result.status == 2)
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(try folder.names() == [])
  }

  @Test func otherLengthsAreForRecall() throws {
    let run = try TrainedRun.pears()
    let folder = try TemporaryFolder()
    let recall = folder.path("run")
    try UnrollProcess.succeed(Self.small + ["--out", recall])
    for (arguments, words) in [
      (["eval", run, "--text", TrainedRun.data("pears.txt"), "--length", "5"], "recall"),
      (["eval", recall, "--length", "0"], "at least 1"),
      (["eval", recall, "--unseen", "0"], "at least 1"),
      (["eval", run, "--text", TrainedRun.data("pears.txt"), "--unseen", "5"], "--unseen is for"),
      (["eval", recall, "--length", "99999"], "expected 1 to 65536"),
      (["eval", recall, "--repeats", "3"], "repeat-copy"),
      (["eval", recall, "--text", "x"], "makes its own examples"),
      (["predict", recall], "unroll predict is for runs of: "),
      (["inspect", recall, "--length", "3"], "--memory"),
    ] {
      let result = try UnrollProcess.run(arguments)
      #expect(result.status != 0, "\(arguments)")
      #expect(result.errors.contains(words), "\(result.errors)")
    }
  }
}
