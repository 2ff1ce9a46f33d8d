import Foundation
import Testing

/// `unroll train autoencode`, `embed` and `nearest` as a user runs them, and what they say of bad
/// input.
@Suite struct AutoencoderTests {
  @Test func trainsEmbedsAndFinds() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(Self.text, to: "text.txt")
    let run = folder.path("run")
    let training = try train(["--text", text, "--epochs", "4"], run)
    #expect(training.errors.contains("tokens reconstructed"))
    let evaluation = try #require(
      try UnrollProcess.succeed(["eval", run, "--data", text, "--json"]).jsonLines().first)
    for key in ["loss", "tokens_reconstructed", "exact"] {
      #expect(evaluation[key] is NSNumber, "\(evaluation)")
    }
    #expect((0...1).contains(try #require(evaluation["tokens_reconstructed"] as? Double)))
    let embedding = try UnrollProcess.succeed([
      "embed", run, "--text", text, "--out", folder.path("v.npy"), "--tsv", folder.path("v.tsv"),
    ])
    #expect(embedding.output == "" && embedding.errors == "60 vectors of 8 numbers\n")
    let names = try String(contentsOf: folder.file("v.txt"), encoding: .utf8)
    #expect(names == Self.text)
    let bytes = try Data(contentsOf: folder.file("v.npy"))
    // The names stand behind the numbers.
    #expect(
      bytes.range(of: Data("the cat 3 sleeps\n".utf8), in: 128 + 60 * 8 * 4..<bytes.count) != nil)

    let query = "the cat 3 sleeps"
    for source in [["--text", text], ["--vectors", folder.path("v.npy")]] {
      let found = try UnrollProcess.succeed(
        ["nearest", run, "--query", query, "--count", "3"] + source)
      let lines = found.output.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines[0] == "  1  1.0000  the cat 3 sleeps", "\(found.output)")
    }
    let objects = try UnrollProcess.succeed([
      "nearest", run, "--query", query, "--query", "a dog", "--text", text, "--json",
    ]).jsonLines()
    #expect(objects.count == 2)
    let nearest = try #require(objects[0]["nearest"] as? [[String: Any]])
    #expect(nearest.count == 10 && nearest[0]["item"] as? String == query)
    let prediction = try UnrollProcess.succeed(["predict", run], input: query + "\n")
    #expect(prediction.output.hasSuffix("\n"))
  }

  // MARK: Bad input

  @Test(
    arguments: [
      ([], 2, "no sequences to train on"),
      (["--text", "TEXT", "--audio", "."], 2, "two kinds of sequences"),
      (["--audio", "EMPTY"], 1, "holds no recording"),
      (["--audio", "TEXT"], 1, "is no folder of recordings"),
      (["--audio", "EMPTY", "--hierarchical"], 2, "model.hierarchical is for documents"),
      (["--audio", "EMPTY", "--tie"], 2, "model.tie is for tokens"),
      (["--text", "TEXT", "--hierarchical", "--reversed"], 2, "for single sequences"),
      (
        ["--audio", "EMPTY", "--decoder-input", "none", "--no-feed-code"], 2,
        "the decoder would read nothing"
      ), (["--text", "BLANK"], 1, "holds blank lines only"),
      (["--text", "TEXT", "--longest", "1"], 1, "have more than 1 tokens"),
    ] as [([String], Int32, String)])
  func badTrainingIsRefused(arguments: [String], status: Int32, words: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.text, to: "TEXT")
    try folder.write("\n\n \n", to: "BLANK")
    try FileManager.default.createDirectory(
      at: folder.file("EMPTY"), withIntermediateDirectories: false)
    let result = try UnrollProcess.run(
      ["train", "autoencode", "--out", "run"] + arguments, in: folder.url)
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  /// Settings of a run folder are checked as if they had been typed.
  @Test func anEditedRunIsRefused() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(Self.text, to: "text.txt")
    let run = folder.path("run")
    _ = try train(["--text", text, "--updates", "2"], run)
    let settings = folder.file("run/config.toml")
    let edited = try String(contentsOf: settings, encoding: .utf8)
      .replacing("hierarchical = false", with: "hierarchical = true")
      .replacing("reversed = false", with: "reversed = true")
    try edited.write(to: settings, atomically: true, encoding: .utf8)
    let result = try UnrollProcess.run(["eval", run, "--data", text])
    #expect(result.status == 2)
    #expect(result.errors.contains("for single sequences"), "\(result.errors)")
  }

  @Test func badQueriesAreRefused() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(Self.text, to: "text.txt")
    let run = folder.path("run")
    _ = try train(["--text", text, "--updates", "2"], run)
    try folder.write("\u{93}NUMPY", to: "broken.npy")
    let other = try TrainedRun.characters()
    let cases: [([String], Int32, String)] = [
      (["nearest", run, "--query", " ", "--text", text], 2, "the query is empty"),
      (["nearest", run, "--query", "a", "--audio", text], 2, "the run reads text"),
      (["nearest", run, "--query", "a"], 2, "no sequences to make vectors of"),
      (["nearest", run, "--query", "a", "--text", folder.path("missing")], 1, "missing"),
      (
        ["nearest", run, "--query", "a", "--vectors", folder.path("broken.npy")], 1, "no .npy file"
      ),
      (["nearest", run, "--text", text], 2, "--query"),
      (["nearest", other, "--query", "a", "--text", text], 2, "is for runs of: autoencode"),
      (
        ["embed", other, "--text", text, "--out", folder.path("v.npy")], 2,
        "is for runs of: autoencode"
      ),
      (["embed", run, "--text", text], 2, "--out or --tsv"),
      (["embed", folder.path("none"), "--text", text, "--tsv", "t"], 2, "there is no folder"),
      // The names of text.npy would stand in text.txt.
      (
        ["embed", run, "--text", text, "--out", folder.path("text.npy")], 2,
        "is that of --text too"
      ),
      (["embed", run, "--text", text, "--tsv", text], 2, "is that of --text too"),
      (
        ["data", "split", "--data", text, "--train", folder.path("t"), "--test", text], 2,
        "is that of --data too"
      ),
    ]
    for (arguments, status, words) in cases {
      let result = try UnrollProcess.run(arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
    }
    #expect(try String(contentsOfFile: text, encoding: .utf8) == Self.text)
  }

  private static let text = (0..<60).map {
    "\($0 % 2 == 0 ? "the" : "a") \(["cat", "dog", "cow"][$0 % 3]) \($0 % 7) sleeps\n"
  }.joined()

  private func train(_ arguments: [String], _ run: String) throws -> CommandResult {
    try UnrollProcess.succeed(
      [
        "train", "autoencode", "--hidden", "16", "--code", "8", "--embedding", "8", "--batch", "8",
        "--lr", "0.01", "--threads", "2", "--out", run,
      ] + arguments)
  }
}
