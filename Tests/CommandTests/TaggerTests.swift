import Foundation
import TestSupport
import Testing

/// `unroll train tag`, `eval` and `predict` as a user runs them, and what they say of bad input.
@Suite struct TaggerTests {
  @Test func trainsEvaluatesAndPredicts() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(TaggingGrammar.utterances(0..<200), to: "train.txt")
    let test = try folder.write(TaggingGrammar.utterances(200..<260), to: "test.txt")
    let run = folder.path("run")
    let training = try train(
      data, run, ["--bidirectional", "--intent", "--head", "crf", "--epochs", "6"])
    #expect(training.errors.contains("F1 "))
    #expect(try folder.names(in: "run").contains("tags.json"))

    let evaluation = try UnrollProcess.succeed(["eval", run, "--data", test])
    for words in ["F1 ", "intents ", "processed ", "accuracy: ", "FB1: "] {
      #expect(evaluation.output.contains(words), "\(evaluation.output)")
    }
    let json = try #require(
      try UnrollProcess.succeed(["eval", run, "--data", test, "--json"]).jsonLines().first)
    let (f1, intents) = (json["f1"] as? Double, json["intent_accuracy"] as? Double)
    #expect((0.9...1).contains(try #require(f1)))
    #expect((0.9...1).contains(try #require(intents)))

    let input = "show from arbelton to isisville\n\nfares to corton from new faldunburg\n"
    let predictions = try UnrollProcess.succeed(["predict", run], input: input)
    #expect(predictions.output == "O O B-from O B-to\tlist\n\nO O B-to O B-from I-from\tprice\n")
    let objects = try UnrollProcess.succeed(["predict", run, "--json"], input: input).jsonLines()
    #expect(objects[2]["tags"] as? [String] == ["O", "O", "B-to", "O", "B-from", "I-from"])
    #expect(objects[2]["intent"] as? String == "price")
    let columns = try UnrollProcess.succeed(
      ["predict", run, "--columns"], input: "fares\tx\nto\tx\ncorton\tx\n\nwhen\tx\n")
    #expect(columns.output == "fares\tx\tO\nto\tx\tO\ncorton\tx\tB-to\nprice\nwhen\tx\tO\ntime\n")
    // Columns that nobody said are columns have answers, and are told once.
    let untold = try UnrollProcess.succeed(
      ["predict", run], input: "fares O\nto O\n\ncorton B-to\nto O\n")
    #expect(untold.output.split(separator: "\n").count == 4)
    #expect(untold.errors.contains("line 4: it and those before look like columns"))
    #expect(untold.errors.components(separatedBy: "look like columns").count == 2)
    let sentences = try UnrollProcess.succeed(
      ["predict", run], input: "from O\nO from\nto O\nto O\n")
    #expect(!sentences.errors.contains("columns"), "\(sentences.errors)")
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
      text: "a X O\nb B-n\n",
      words: ["line 2: found 2 columns, expected 3 as in line 1", "blank line ends a sentence"]),
    BadFile(text: "a\nb\n", words: ["line 1: found 1 column, expected at least 2"]),
    BadFile(text: "\n\n", words: ["no sentence"]),
    BadFile(text: "a O\nb O\n", words: ["single tag 'O'", "at least two"]),
    BadFile(
      text: "a O\nb I-n\n\nc B-n\nd I-n\n", arguments: ["--strict"],
      words: ["line 2: the tag 'I-n' after 'O', expected 'B-n' in IOB2", "--strict"]),
    BadFile(
      text: "a NN\nb VB\n\n", arguments: ["--head", "sigmoid"], status: 2,
      words: ["mark no spans", "sigmoid"]),
    BadFile(
      text: "a O\nb B-n\n", arguments: ["--intent"],
      words: ["line 1: the sentence has no label", "--intent"]),
    BadFile(
      text: "a O\nb B-n\n", arguments: ["--features", "3"],
      words: ["has 2 columns, expected at least 3"]),
    BadFile(
      text: "a O\nb B-n\n", arguments: ["--features", "word"], status: 2,
      words: ["data.features", "'word'", "number of a column"]),
    BadFile(
      text: "a X O\nb X B-n\n", arguments: ["--features", "3"],
      words: ["its tag in column 3", "feature too"]),
    BadFile(
      text: "a X O\nb X B-n\n", arguments: ["--features", "2", "--tag-column", "2"], status: 2,
      words: ["column 2 cannot be both"]),
    BadFile(text: "BOS a EOS\tO O\n", words: ["line 1: found 2 tags for 3 words"]),
    BadFile(text: "BOS EOS\tO i\n", words: ["holds no sentence"]),
  ])
  func badFilesAreRefused(file: BadFile) throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(file.text, to: "train.conll")
    let result = try UnrollProcess.run(
      ["train", "tag", "--data", data, "--valid", data, "--out", folder.path("run")]
        + file.arguments)
    #expect(result.status == file.status, "\(result.errors)")
    for word in file.words { #expect(result.errors.contains(word), "\(result.errors)") }
  }

  /// Tags that break the scheme are repaired, counted and shown.
  @Test func brokenTagsAreShown() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write("a O\nb I-n\n\nc B-n\nd I-n\n\nc B-n\n\nd I-n\n", to: "a.conll")
    let result = try train(data, folder.path("run"), ["--valid", data, "--scheme", "iob2"])
    #expect(
      result.errors.contains(
        "2 of 6 tags break IOB2 and were repaired, the first at '\(data)' line 2"))
  }

  /// A tag that was never trained counts as wrong and is shown; `--strict` refuses it.
  @Test(arguments: [false, true])
  func unknownTags(isStrict: Bool) throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(TaggingGrammar.columns(0..<40), to: "train.conll")
    let run = folder.path("run")
    _ = try train(data, run, ["--epochs", "2"] + (isStrict ? ["--strict"] : []))
    let test = try folder.write("show V O\n\nfrom P O\nrome N B-town\n", to: "test.conll")
    let result = try UnrollProcess.run(["eval", run, "--data", test])
    #expect(result.status == (isStrict ? 1 : 0))
    let text = result.output + result.errors
    let words =
      isStrict
      ? "'\(test)' line 4: unknown label 'B-town', expected one of the"
      : "1 tag was never trained and can only be wrong, the first 'B-town' at '\(test)' line 4"
    #expect(text.contains(words), "\(text)")
  }

  /// What is typed to be tagged must have the columns that the model reads.
  @Test func raggedColumnsAtPrediction() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(TaggingGrammar.columns(0..<40), to: "train.conll")
    let run = folder.path("run")
    _ = try train(data, run, ["--epochs", "2", "--features", "2"])
    let message = "standard input line 1: found 1 column, expected at least 2"
    let short = try UnrollProcess.run(["predict", run, "--strict"], input: "from\n")
    #expect(short.status == 1 && short.errors.contains("error: \(message)"))
    let told = try UnrollProcess.succeed(["predict", run], input: "from\n")
    #expect(told.errors.contains("warning: \(message)"))
    let ragged = try UnrollProcess.run(["predict", run], input: "from P\nrome\n")
    #expect(
      ragged.errors.contains(
        "standard input line 2: found 1 column, expected 2 as in line 1"))
    let whole = try UnrollProcess.succeed(["predict", run], input: "from P\n日本 N\n")
    #expect(whole.output.hasPrefix("from P "))
  }

  private func train(
    _ data: String, _ run: String, _ options: [String]
  ) throws -> CommandResult {
    try UnrollProcess.succeed(
      [
        "train", "tag", "--data", data, "--hidden", "24", "--embedding", "16", "--batch", "10",
        "--lr", "0.01", "--threads", "2", "--out", run,
      ] + options)
  }
}
