import Foundation
import Testing
import TestSupport

/// `unroll tokenize`, as a user meets it.
@Suite struct TokenizeTests {
  private static let isLong = ProcessInfo.processInfo.environment["UNROLL_LONG_TESTS"] != nil

  private static func files(_ path: String) throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: path).filter { $0 != "lock" }
      .reduce(into: [:]) { $0[$1] = try Data(contentsOf: URL(fileURLWithPath: path + "/" + $1)) }
  }

  /// Killed at any moment, again and again, with any number of threads: the very bytes of a store that was
  /// made in one go. 50 kills with `UNROLL_LONG_TESTS`.
  @Test func killedStoreEndsAsIfNeverStopped() throws {
    let folder = try TemporaryFolder()
    let text = try String(contentsOfFile: TrainedRun.data("pears.txt"), encoding: .utf8)
    for part in 0..<4 {
      let lines = text.split(separator: "\n").map { "\($0) \(part)" }.joined(separator: "\n")
      try folder.write(String(repeating: lines + "\n\n", count: 13 + part), to: "\(part).txt")
    }
    func tokenize(_ out: String, threads: Int) -> [String] {
      [
        "tokenize", "--text", folder.path("?.txt"), "--tokens", "word", "--documents", "blank-line",
        "--shard-tokens", "1000", "--threads", "\(threads)", "--quiet", "--out", out,
      ]
    }
    let straight = folder.path("straight")
    let began = Date()
    try UnrollProcess.succeed(tokenize(straight, threads: 1))
    let duration = Date().timeIntervalSince(began)
    let expected = try Self.files(straight)
    #expect(expected.count > 12)

    var random = SystemRandomNumberGenerator()
    let quota = Self.isLong ? 50 : 5
    var (killed, rounds) = (0, 0)
    while killed < quota {
      rounds += 1
      try #require(rounds <= 20 * quota, "stores are whole before anything is killed")
      let out = folder.path("cut-\(rounds)")
      while true {
        let process = try UnrollProcess(
          tokenize(out, threads: Int.random(in: 1...4, using: &random)))
        if killed < quota {
          usleep(UInt32(1e6 * Double.random(in: 0...(0.9 * duration), using: &random)))
          process.send(SIGKILL)
        }
        let result = try process.wait()
        if result.status == 128 + SIGKILL {
          killed += 1
          continue
        }
        try #require(result.status == 0, "\(result.errors)")
        break
      }
      #expect(try Self.files(out) == expected)
    }
  }

  @Test func standardInputAndListsAreRead() throws {
    let folder = try TemporaryFolder()
    let one = try folder.write("b a\n\na\n", to: "one.txt")
    let two = try folder.write("c\n", to: "two.txt")
    try UnrollProcess.succeed([
      "tokenize", "--list", try folder.write("\(one)\n\(two)\n", to: "list"), "--out",
      folder.path("files"),
    ])
    let result = try UnrollProcess.run(
      ["tokenize", "--text", "-", "--out", folder.path("stream"), "--json"], input: "b a\n\na\nc\n")
    #expect(result.status == 0, "\(result.errors)")
    for part in ["\"tokens\":8", "\"lines\":4", "\"documents\":1", "\"vocabulary\":5"] {
      #expect(result.output.contains(part), "\(result.output)")
    }
    let (files, stream) = (
      try Self.files(folder.path("files")), try Self.files(folder.path("stream"))
    )
    #expect(Set(files.keys) == Set(stream.keys))
    #expect(files["00000.tokens"] == stream["00000.tokens"])
    #expect(files["00000.lines"] == stream["00000.lines"])
    #expect(files["00000.documents"] != stream["00000.documents"])
    // What is wrong in it is wrong there, and nothing of it is kept.
    let wrong = try UnrollProcess.run(
      ["tokenize", "--text", "-", "--out", folder.path("wrong")], input: "b a\nc\u{0}\n")
    #expect(wrong.status == 1 && wrong.errors.contains("standard input line 2 "), "\(wrong.errors)")
    #expect(try Self.files(folder.path("wrong")).isEmpty)
  }

  /// Learnt, trained on, measured, and taken for another text.
  @Test func subwordsAreTokens() throws {
    let folder = try TemporaryFolder()
    let text = TrainedRun.data("pears.txt")
    let (store, run) = (folder.path("store"), folder.path("run"))
    let made = try UnrollProcess.run([
      "tokenize", "--text", text, "--tokens", "bpe", "--vocab-size", "400", "--out", store,
      "--json",
    ])
    #expect(made.status == 0 && made.output.contains("\"vocabulary\":400"), "\(made.errors)")
    try UnrollProcess.succeed([
      "train", "lm", "--data", store, "--out", run, "--hidden", "8", "--layers", "1", "--batch",
      "4", "--steps", "8", "--updates", "20", "--quiet",
    ])
    let measured = try UnrollProcess.run(["eval", run, "--text", text, "--json"])
    let values = try #require(
      JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])
    let written = try String(contentsOfFile: text, encoding: .utf8)
    let characters = try #require(values["characters"] as? Int)
    let tokens = try #require(values["tokens"] as? Int)
    // All but those of the first token.
    #expect((1...8).contains(written.unicodeScalars.count - characters))
    #expect(tokens < characters / 2)
    let (bits, each) = (
      values["bits_per_character"] as? Double, values["bits_per_token"] as? Double
    )
    #expect(
      abs(try #require(bits) - (try #require(each)) * Double(tokens) / Double(characters)) < 1e-4)
    let sampled = try UnrollProcess.run(["sample", run, "--prompt", "the pea", "--length", "9"])
    #expect(sampled.status == 0 && sampled.output.hasPrefix("the pea"), "\(sampled.errors)")
    let scored = try UnrollProcess.run(["score", run], input: "the pear\n\nthe  pear  \n")
    #expect(scored.status == 0 && scored.output.split(separator: "\n").count >= 2)
    // A text in the run's subwords, and in those of a tokenizer's file.
    try UnrollProcess.succeed([
      "tokenize", "--text", text, "--vocabulary", run, "--out", folder.path("again"),
    ])
    #expect(
      try Self.files(folder.path("again"))["00000.tokens"] == Self.files(store)["00000.tokens"])
    let file = try folder.write(
      """
      {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "Ċ": 2, "ab": 3}, "merges": ["a b"]},
      "added_tokens": [], "normalizer": null, "post_processor": null, "decoder": null,
      "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}}
      """, to: "tokenizer.json")
    let small = try UnrollProcess.run([
      "tokenize", "--text", try folder.write("abba\nab\n", to: "abba"), "--tokenizer", file,
      "--out",
      folder.path("small"), "--json",
    ])
    #expect(small.output.contains("\"tokens\":6"), "\(small.output) \(small.errors)")
  }

  @Test func mistakesAreAnswered() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("a b\n", to: "a.txt")
    func refuse(_ arguments: [String], status: Int32, _ parts: String...) throws {
      let result = try UnrollProcess.run(["tokenize", "--out", folder.path("store")] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      for part in parts { #expect(result.errors.contains(part), "\(result.errors)") }
    }
    try refuse([], status: 2, "--text or --list")
    try refuse(["--text", folder.path("*.gz")], status: 2, "no file matches")
    try refuse(["--text", folder.path("gone")], status: 1, "does not exist")
    try refuse(["--text", "-", text], status: 2, "Standard input")
    try refuse(
      ["--text", text, "--tokens", "char", "--split", "punctuation"], status: 2, "--tokens word")
    let characters = folder.path("characters")
    try UnrollProcess.succeed(["tokenize", "--out", characters, "--text", text, "--tokens", "char"])
    try refuse(
      ["--text", text, "--vocabulary", characters, "--split", "punctuation"], status: 2,
      "--split divides words", "'char'")
    try refuse(
      ["--text", text, "--vocabulary", text, "--tokens", "word"], status: 2, "--vocabulary")
    try refuse(["--text", text, "--vocabulary", text], status: 1, "a.txt' is no vocabulary file")
    try refuse(
      ["--text", text, "--tokenizer", text, "--tokens", "word"], status: 2, "--tokenizer")
    try refuse(["--text", text, "--tokenizer", text], status: 1, "expected a tokenizer.json")
    try refuse(
      ["--text", text, "--tokens", "bpe", "--vocab-size", "9"], status: 2, "--vocab-size 9")
    try refuse(["--text", text, "--shard-tokens", "0"], status: 2, "--shard-tokens")
    try refuse(["--text", text, "--vocab-size", "2"], status: 2, "--vocab-size 2 is too small")
    try UnrollProcess.succeed(
      ["tokenize", "--out", folder.path("store"), "--text", text, "--split", "punctuation"])
    try refuse(["--text", try folder.write("c\n", to: "c")], status: 2, "--overwrite")
  }
}
