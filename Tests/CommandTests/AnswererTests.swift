import Foundation
import TestSupport
import Testing

/// `unroll train answer`, `eval` and `predict` as a user runs them, and what they say of bad input.
@Suite struct AnswererTests {
  @Test func trainsEvaluatesAndPredicts() throws {
    let folder = try TemporaryFolder()
    let a = try folder.write(StoryGrammar.stories(0..<300), to: "a.txt")
    let b = try folder.write(StoryGrammar.stories(300..<400), to: "b.txt")
    let test = try folder.write(StoryGrammar.stories(400..<460), to: "test.txt")
    let run = folder.path("run")
    let training = try train([a, b], run, ["--valid", test, "--epochs", "20"])
    #expect(training.errors.contains("800 questions, 120 to validate on"))
    #expect(training.errors.contains("accuracy "))
    #expect(try folder.names(in: "run").contains("labels.txt"))

    let evaluation = try UnrollProcess.succeed(["eval", run, "--data", test, a])
    #expect(evaluation.output.contains("of 120  ") && evaluation.output.contains("of 600  "))
    let json = try #require(
      try UnrollProcess.succeed(["eval", run, "--data", test, "--json"]).jsonLines().first)
    // A share, as every figure of its kind is.
    #expect((0.9...1).contains(try #require(json["accuracy"] as? Double)))
    #expect((json["files"] as? [[String: Any]])?.count == 1)

    let input =
      "1 Mary went to the hall.\n2 Where is Mary?\n3 John moved to the office.\n"
      + "4 Where is John?\n"
    let predictions = try UnrollProcess.succeed(["predict", run], input: input)
    #expect(predictions.output == "hall\noffice\n")
    let objects = try UnrollProcess.succeed(["predict", run, "--json"], input: input).jsonLines()
    #expect(objects[1]["answer"] as? String == "office")
    #expect((objects[1]["attention"] as? [[Double]])?.map(\.count) == [2, 2])
    let probability = try #require(objects[1]["probability"] as? Double)
    #expect(probability > 0.5 && probability <= 1)
  }

  // MARK: Bad input

  struct BadFile: Sendable, CustomTestStringConvertible {
    let text: String
    var arguments: [String] = []
    var status: Int32 = 1
    let words: [String]
    var testDescription: String { words.joined(separator: " … ") }
  }

  @Test(arguments: [
    BadFile(
      text: "1 x\n2 q?\ta\ny\n",
      words: ["line 3: found 'y', expected the number of the line", "numbered from 1"]),
    BadFile(text: "1 x\n3 q?\ta\n", words: ["line 2: found the number 3, expected 2"]),
    BadFile(text: "1 x\n2 q?\n", words: ["line 2: the question has no answer"]),
    BadFile(text: "1 x\n2 y\n", words: ["line 1: the story that begins here has no question"]),
    BadFile(text: "1 q?\ta\n", words: ["line 1: found a question before any sentence"]),
    BadFile(text: "1 x\n2 q?\ta\n", words: ["all questions have the answer 'a'"]),
    BadFile(text: "", words: ["is empty"]),
    BadFile(
      text: "1 x\n2 q?\ta\n3 q?\tb\n", arguments: ["--hops", "0"], status: 2,
      words: ["model.hops", "from 1 to 64"]),
    BadFile(
      text: "1 x\n2 q?\ta\n3 q?\tb\n", arguments: ["--encoder", "tree"], status: 2,
      words: ["model.encoder", "'position'"]),
  ])
  func badFilesAreRefused(file: BadFile) throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(file.text, to: "train.txt")
    let result = try UnrollProcess.run(
      ["train", "answer", "--stories", data, "--valid", data, "--out", folder.path("run")]
        + file.arguments)
    #expect(result.status == file.status, "\(result.errors)")
    for word in file.words { #expect(result.errors.contains(word), "\(result.errors)") }
  }

  @Test func nothingToTrainOnOrToMeasure() throws {
    let folder = try TemporaryFolder()
    let none = try UnrollProcess.run(["train", "answer", "--out", folder.path("run")])
    #expect(none.status == 2 && none.errors.contains("--stories"))
    let one = try folder.write("1 x\n2 q?\ta\n3 q?\tb\n", to: "a.txt")
    let split = try UnrollProcess.run(
      ["train", "answer", "--stories", one, "--out", folder.path("run")])
    #expect(split.status == 2 && split.errors.contains("1 to train on and 0 held out"))
  }

  /// What is typed has to be a story too.
  @Test func badLinesAtPrediction() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(StoryGrammar.stories(0..<30), to: "a.txt")
    let run = folder.path("run")
    _ = try train([data], run, ["--epochs", "1"])
    for (input, words) in [
      ("Where is Mary?\n", "standard input line 1: found 'Where', expected the number"),
      ("1 Where is Mary?\n", "standard input line 1: found a question before any sentence"),
      ("1 x\n\n3 y\n", "standard input line 3: found the number 3, expected 2"),
    ] {
      let strict = try UnrollProcess.run(["predict", run, "--strict"], input: input)
      #expect(strict.status == 1 && strict.errors.contains(words), "\(strict.errors)")
      let told = try UnrollProcess.succeed(["predict", run], input: input)
      #expect(told.errors.contains("warning: \(words)"), "\(told.errors)")
    }
    // Words and names that nobody has seen are read all the same.
    let result = try UnrollProcess.succeed(["predict", run], input: "1 日本 x\n2 qué?\n")
    #expect(!result.output.isEmpty)
  }

  private func train(
    _ files: [String], _ run: String, _ options: [String]
  ) throws -> CommandResult {
    try UnrollProcess.succeed(
      ["train", "answer", "--stories"] + files + [
        "--cell", "gru", "--bidirectional", "--hidden", "16", "--embedding", "16", "--batch", "16",
        "--lr", "0.01",
        "--init", "normal:0.1", "--hops", "2", "--threads", "2", "--out", run,
      ] + options)
  }
}
