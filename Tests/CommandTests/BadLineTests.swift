import Foundation
import Testing

/// Blank and bad lines among good ones: every line has its answer, and the bad ones are told.
@Suite struct BadLineTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func train(_ task: String, _ data: String, _ options: [String] = []) throws -> String {
    let file = try folder.write(data, to: "train-\(UUID().uuidString).csv")
    let run = folder.path("run-\(UUID().uuidString)")
    try UnrollProcess.succeed(
      [
        "train", task, "--data", file, "--hidden", "5", "--updates", "2", "--threads", "1",
        "--valid-fraction", "0", "--quiet", "--out", run,
      ] + options)
    return run
  }

  private static let series = "up,1,2,3\ndown,3,2,1\nup,1,2,4\ndown,4,2,1\n"

  @Test func everyLineIsAnswered() throws {
    let run = try train("classify", Self.series)
    let input = "1,2,3\n\n1,x,3\nup,1,2,3\n3,2,1\n"
    let result = try UnrollProcess.succeed(["predict", run], input: input)
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 6 && lines[1].isEmpty && lines[2].isEmpty && lines[3].isEmpty)
    #expect(!lines[0].isEmpty && !lines[4].isEmpty && lines[5].isEmpty)
    for place in ["line 2: ", "line 3, column 2: ", "line 4: found the label 'up'"] {
      #expect(result.errors.contains("warning: standard input \(place)"), "\(result.errors)")
    }
    let objects = try UnrollProcess.succeed(["predict", run, "--json"], input: input).jsonLines()
    #expect(objects.map { $0["error"] == nil } == [true, false, false, false, true])

    let strict = try UnrollProcess.run(["predict", run, "--strict"], input: input)
    #expect(strict.status == 1 && strict.output.split(separator: "\n").count == 1)
    #expect(strict.errors.contains("error: standard input line 2: "))
  }

  /// A first row that names the columns in another order says of all rows that they are others.
  @Test func rowsUnderOtherColumnsHaveNoAnswer() throws {
    let run = try train("classify", "label,x,y,z\n" + Self.series)
    for header in ["z,y,x", "id,x,y,z"] {
      let row = header.hasPrefix("id") ? "7,1,2,3" : "3,2,1"
      let result = try UnrollProcess.succeed(
        ["predict", run], input: "\(header)\n\(row)\n\(row)\n")
      #expect(result.output == "\n\n\n", "\(header): \(result.output)")
      #expect(
        result.errors.contains("line 3: stands under columns of another table"), "\(result.errors)")
    }
    // Those of the training data, with their label or without, are only no series.
    for (header, row) in [("x,y,z", "1,2,3"), ("label,x,y,z", "1,2,3")] {
      let result = try UnrollProcess.succeed(["predict", run], input: "\(header)\n\(row)\n")
      #expect(result.output.hasPrefix("\n") && result.output.count > 2, "\(result.output)")
    }
  }

  /// Bytes that are no text are a bad line among others, in `score --skip-bad` too.
  @Test func aLineThatIsNoTextHasAnAnswer() throws {
    let series = try train("classify", Self.series)
    let text = try folder.write(String(repeating: "the pear tree\n", count: 40), to: "pears.txt")
    let language = folder.path("language")
    try UnrollProcess.succeed([
      "train", "lm", "--text", text, "--tokens", "word", "--hidden", "4", "--layers", "1",
      "--batch", "2", "--steps", "5", "--updates", "1", "--threads", "1", "--quiet", "--out",
      language,
    ])
    for (command, good) in [
      (["predict", series], "1,2,3"), (["score", language, "--skip-bad"], "the pear"),
    ] {
      for bad in [0xE9, 0] as [UInt8] {
        let rest = Data([UInt8(ascii: "a"), bad, UInt8(ascii: "\n")] + Array("\(good)\n".utf8))
        let result = try UnrollProcess(command, input: "\(good)\n", bytes: rest).wait()
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(result.status == 0 && lines.count == 4, "\(result.errors)")
        #expect(lines[0] == lines[2] && lines[1] != lines[0])
        #expect(
          result.errors.contains("warning: standard input line 2, column"), "\(result.errors)")
      }
    }
  }

  @Test func manyBadLinesAreToldInShort() throws {
    let run = try train("regress", "0.5,1,2\n0.1,2,1\n0.2,1,1\n")
    let result = try UnrollProcess.succeed(
      ["predict", run], input: String(repeating: "x\n", count: 300) + "1,2\n")
    #expect(result.output.split(separator: "\n", omittingEmptySubsequences: false).count == 302)
    #expect(result.errors.split(separator: "\n").count == 21)
    #expect(result.errors.hasSuffix("280 more lines, 300 in all\n"))
  }

  @Test func labelsThatWereNeverTrainedAreShown() throws {
    let run = try train("classify", Self.series)
    let test = try folder.write("up,1,2,3\nflat,1,1,1\n", to: "test.csv")
    let result = try UnrollProcess.succeed(["eval", run, "--data", test])
    #expect(result.output.contains("flat"))
    #expect(result.errors.contains("warning: 1 example has a label that was never trained"))
    let strict = try UnrollProcess.run(["eval", run, "--data", test, "--strict"])
    #expect(strict.status == 1 && strict.output.isEmpty)
    #expect(strict.errors.contains("'flat' at '\(test)' row 2"))
    // Where there is no other, no loss is a mean of anything: that is not the fault of the weights.
    let unknown = try folder.write("flat,1,2,3\nflat,1,1,1\n", to: "unknown.csv")
    let nothing = try UnrollProcess.run(["eval", run, "--data", unknown])
    #expect(nothing.status == 1)
    #expect(nothing.errors.contains("error: nothing in these data can be measured: 2 examples"))
  }

  @Test func bestLabelsAreShown() throws {
    let run = try train("classify", Self.series)
    let result = try UnrollProcess.succeed(["predict", run, "--top-k", "2"], input: "1,2,3\n")
    #expect(result.output.split(separator: "\t").count == 4)
    let none = try UnrollProcess.run(["predict", run, "--top-k", "0"])
    #expect(none.status == 2)
    let numbers = try train("regress", "0.5,1,2\n0.1,2,1\n0.2,1,1\n")
    let other = try UnrollProcess.run(["predict", numbers, "--top-k", "2"], input: "1,2\n")
    #expect(other.status == 2 && other.errors.contains("--top-k is for runs of: classify"))
  }

  /// A character that the model has never seen.
  @Test func sentencesWithoutAScoreAreNoNumber() throws {
    let run = try TrainedRun.characters()
    let input = "abc\nΩ\nab\nΩa\n"
    let result = try UnrollProcess.succeed(["score", run, "--skip-bad"], input: input)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 4 && lines[1] == "nan\tΩ" && lines[3] == "nan\tΩa")
    #expect(result.errors.contains("warning: line 2 of standard input: "))
    let alone = try UnrollProcess.succeed(["score", run], input: "abc\nab\n")
    #expect(alone.output.split(separator: "\n") == [lines[0], lines[2]])
    let refused = try UnrollProcess.run(["score", run], input: input)
    #expect(refused.status == 1)
    let objects = try UnrollProcess.succeed(["score", run, "--skip-bad", "--json"], input: input)
      .jsonLines()
    #expect(objects[1]["log_probability"] is NSNull && objects[0]["log_probability"] is Double)
  }
}
