import Foundation
import TestSupport
import Testing

/// Translation as a user types it: data, training, measuring, translating, and what goes wrong.
@Suite struct TranslationTests {
  @Test func additionFromEndToEnd() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("sums.tsv")
    try UnrollProcess.succeed([
      "data", "make", "addition", "--digits", "1", "--count", "55", "--out", file,
    ])
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 55)
    #expect(lines.contains { $0 == "9+9\t18" })
    try UnrollProcess.succeed([
      "train", "translate", "--pairs", file, "--valid", file, "--tokens", "char", "--attention",
      "none", "--hidden", "32", "--embedding", "16", "--batch", "8", "--epochs", "60", "--lr",
      "0.01", "--reverse-source", "--quiet", "--out", folder.path("run"),
    ])
    let evaluation = try #require(
      try UnrollProcess.succeed(["eval", folder.path("run"), "--data", file, "--json"])
        .jsonLines().first)
    #expect((0.9...1).contains(try #require(evaluation["exact"] as? Double)))
    #expect(evaluation["bleu"] is Double && evaluation["chrf"] is Double)
    let found = try UnrollProcess.succeed(
      ["predict", folder.path("run"), "--beam", "3", "--n-best", "2"], input: "9+9\n3+4\n"
    ).output
    #expect(found.split(separator: "\n").count == 4)
    let best = try UnrollProcess.succeed(
      ["predict", folder.path("run"), "--json"], input: "9+9\n"
    ).jsonLines()
    #expect(best.first?["translation"] as? String == "18")

    let refused = try UnrollProcess.run(
      ["predict", folder.path("run"), "--alignment"], input: "1+1\n")
    #expect(refused.status == 2 && refused.errors.contains("the run has no attention"))
    let tooMany = try UnrollProcess.run(
      ["predict", folder.path("run"), "--beam", "2", "--n-best", "3"], input: "1+1\n")
    #expect(tooMany.status == 2 && tooMany.errors.contains("--n-best 3 of a beam of 2"))
    let sources = try folder.write("1+1\n", to: "sources.txt")
    let other = try UnrollProcess.run(["eval", folder.path("run"), "--data", file, file, sources])
    #expect(other.status == 2 && other.errors.contains("no file of targets follows it"))
  }

  private func refusal(_ arguments: [String], _ folder: TemporaryFolder) throws -> CommandResult {
    let result = try UnrollProcess.run(
      ["train", "translate", "--out", folder.path("run")] + arguments)
    #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
    #expect(result.output == "")
    return result
  }

  @Test func wrongPairsAreNamed() throws {
    let folder = try TemporaryFolder()
    func expect(_ arguments: [String], _ status: Int32, _ words: String...) throws {
      let result = try refusal(arguments, folder)
      #expect(result.status == status, "\(result.errors)")
      for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
    }
    let three = try folder.write("a\nb\nc\n", to: "three.txt")
    let five = try folder.write("a\nb\nc\nd\ne\n", to: "five.txt")
    try expect(
      ["--source", three, "--target", five], 1, "three.txt' holds 3 lines", "five.txt' holds 5")
    try expect(
      ["--pairs", try folder.write("a\tb\nc d\n", to: "tab.tsv")], 1, "tab.tsv' line 2",
      "found no tab")
    try expect(["--pairs", try folder.write("\n\n", to: "blank.tsv")], 1, "holds no pairs")
    try expect(["--pairs", folder.path("nothing.tsv")], 1, "nothing.tsv")
    try expect([], 2, "no pairs to train on", "--pairs FILE")
    try expect(["--source", three], 2, "data.target is empty")
    try expect(["--pairs", three, "--source", three], 2, "name texts")
    let good = try folder.write("a\tb\nc\td\ne\tf\n", to: "good.tsv")
    try expect(["--pairs", good], 2, "--valid-fraction 0.02 of 3 examples")
    try expect(["--pairs", good, "--attention", "soft"], 2, "model.attention", "'general'", "soft")
    try expect(
      ["--pairs", good, "--valid", good, "--tokens", "bpe", "--tokenizer", three], 1, "three.txt")
    try expect(
      ["--pairs", good, "--valid", good, "--tokens", "bpe", "--vocab-size", "3"], 2, "3 pieces")
  }

  /// The division that training makes by itself.
  @Test func pairsAreDividedBySource() throws {
    let folder = try TemporaryFolder()
    let pairs = try folder.write(
      (0..<40).map { "t\($0)\ts\($0 / 2)\tmore\n" }.joined(), to: "pairs.tsv")
    func divide(_ seed: String) throws -> [[Substring]] {
      let output = try UnrollProcess.succeed([
        "data", "split-pairs", "--pairs", pairs, "--swap", "--fraction", "0.25", "--seed", seed,
        "--train", folder.path("train.tsv"), "--test", folder.path("test.tsv"),
      ]).output
      #expect(output.hasPrefix("30 pairs in ") && output.contains(", 10 in "))
      return try ["train.tsv", "test.tsv"].map {
        try String(contentsOfFile: folder.path($0), encoding: .utf8).split(separator: "\n")
      }
    }
    let parts = try divide("1")
    func sources(_ lines: [Substring]) -> Set<Substring> {
      Set(lines.compactMap { $0.split(separator: "\t").first })
    }
    #expect(sources(parts[0]).isDisjoint(with: sources(parts[1])))
    #expect(Set(parts.joined()).count == 40)
    #expect(try divide("2") != parts)
  }

  @Test func wrongSumsAreRefused() throws {
    let folder = try TemporaryFolder()
    let result = try UnrollProcess.run([
      "data", "make", "addition", "--digits", "1", "--count", "56", "--out", folder.path("x"),
    ])
    #expect(result.status == 2 && result.errors.contains("expected 1 to 55"))
  }
}
