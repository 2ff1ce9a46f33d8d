import Foundation
import TestSupport
import Testing

/// `unroll score` on readings of sentences, beside n-grams and with several runs.
@Suite struct ScoreTests {
  private func lines(_ input: String, _ options: String...) throws -> [String] {
    try UnrollProcess.succeed(["score", try TrainedRun.pears()] + options, input: input).output
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  @Test func readingsKeepTheirIDs() throws {
    let plain = try lines("the pear salad\nthe pair salad\n\n").map {
      String($0.prefix { $0 != "\t" })
    }
    #expect(
      try lines(
        "7 ||| the pear salad ||| lm=-1 tm=2 ||| -3.5\n7 ||| the pair salad\n8 |||\n",
        "--ids", "bars")
        == [
          "7 ||| the pear salad ||| lm=-1 tm=2 ||| -3.5 ||| \(plain[0])",
          "7 ||| the pair salad ||| \(plain[1])", "8 ||| ||| \(plain[2])",
        ])
    #expect(
      try lines("utt-1\tthe pear  salad\nutt-2\n", "--ids", "blank")
        == ["utt-1 \(plain[0])", "utt-2 \(plain[2])"])
    let json = try lines("7 ||| the pear salad\n", "--ids", "bars", "--json")
    #expect(json[0].contains(#""id":"7""#) && json[0].contains(#""sentence":"the pear salad""#))
    let wrong = try UnrollProcess.run(
      ["score", try TrainedRun.pears(), "--ids", "bars"], input: "1 ||| a\nno id\n")
    #expect(wrong.status == 1 && wrong.errors.contains("line 2"), "\(wrong.errors)")
    #expect(wrong.output.hasPrefix("1 ||| a ||| "), "what came before is answered")
    let passed = try UnrollProcess.run(
      ["score", try TrainedRun.pears(), "--ids", "bars", "--skip-bad"],
      input: "1 ||| a\nno id\n2 ||| the\n")
    #expect(passed.status == 0 && passed.errors.contains("line 2"), "\(passed.errors)")
    #expect(passed.output.split(separator: "\n").map { $0.prefix(1) } == ["1", "2"])
  }

  /// Of the lines that follow each other with one id the most probable, wherever it stands.
  @Test func theBestReadingIsChosen() throws {
    let readings = ["the pair salad", "the pear salad", "salad the"]
    let input = [0, 1, 2].map { first in
      (0..<3).map { "\(first) ||| \(readings[($0 + first) % 3])\n" }.joined()
    }.joined()
    #expect(
      try lines(input, "--ids", "bars", "--best") == (0..<3).map { "\($0) ||| the pear salad" })
  }

  /// p = (1 - λ) p₁ + λ p₂, word by word.
  @Test func ngramsStandBeside() throws {
    let folder = try TemporaryFolder()
    // Every word is as probable as the end: 1/4.
    let logarithm = log10(0.25)
    let words = ["the", "pear", "</s>", "<unk>"]
    let arpa = try folder.write(
      "\\data\\\nngram 1=5\n\n\\1-grams:\n-99 <s>\n"
        + words.map { "\(logarithm) \($0)\n" }.joined() + "\n\\end\\\n", to: "model.arpa")
    func score(_ options: String...) throws -> Double {
      let line = try UnrollProcess.succeed(
        ["score", try TrainedRun.pears(), "--json"] + options, input: "the pear salad\n")
      return try #require(line.jsonLines()[0]["log_probability"] as? Double)
    }
    let alone = try score()
    #expect(try abs(score("--arpa", arpa, "--weight", "0") - alone) < 1e-9)
    #expect(try abs(score("--arpa", arpa, "--weight", "1") - 4 * log(0.25)) < 1e-5)
    // A mean of products is not the product of means, but both lie between.
    let half = try score("--arpa", arpa)
    #expect(half > min(alone, 4 * log(0.25)) && half < 0)
    // A run beside itself is that run.
    let pears = try TrainedRun.pears()
    let twice = try UnrollProcess.succeed(
      ["score", pears, pears, "--json"], input: "the pear salad\n")
    #expect(abs(try #require(twice.jsonLines()[0]["log_probability"] as? Double) - alone) < 1e-9)
    // Marks are words where the run's text was divided at them.
    let divided = folder.path("divided")
    try UnrollProcess.succeed([
      "train", "lm", "--text", TrainedRun.data("pears.txt"), "--tokens", "word", "--split",
      "punctuation",
      "--hidden", "8", "--layers", "1", "--updates", "1", "--quiet", "--out", divided,
    ])
    let marks = try UnrollProcess.succeed(
      ["score", divided, "--json", "--arpa", arpa, "--weight", "1"], input: "the pear, salad.\n")
    let logs = try #require(marks.jsonLines()[0]["log_probability"] as? Double)
    #expect(abs(logs - 6 * log(0.25)) < 1e-5)
    let characters = try UnrollProcess.run(
      ["score", try TrainedRun.characters(), "--arpa", arpa], input: "a\n")
    #expect(characters.status == 2 && characters.errors.contains("n-grams are of words"))
  }
}
