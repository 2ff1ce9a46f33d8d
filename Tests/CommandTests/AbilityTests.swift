import Compute
import Foundation
import TestSupport
import Testing

/// What the task of a run cannot do is refused by name; what it can is done line by line.
@Suite struct AbilityTests {
  /// A classifier of two kinds of lines.
  private func classifier(in folder: TemporaryFolder) throws -> String {
    let data = try folder.write(
      (0..<40).map { $0 % 2 == 0 ? "a\tthe sun is up \($0)\n" : "b\tit rains \($0)\n" }.joined(),
      to: "lines.tsv")
    let run = folder.path("classifier")
    try UnrollProcess.succeed([
      "train", "classify", "--data", data, "--hidden", "8", "--embedding", "4", "--updates", "2",
      "--quiet", "--out", run,
    ])
    return run
  }

  @Test func whatATaskCannotDoNamesThoseThatCan() throws {
    let folder = try TemporaryFolder()
    let text = TrainedRun.data("pears.txt")
    let (writer, classifier) = (try TrainedRun.characters(), try classifier(in: folder))
    let cases: [(arguments: [String], words: [String])] = [
      (
        ["eval", writer, "--text", text, "--beam", "5"],
        ["--beam is for runs of: transcribe, translate", "'unroll train lm'", "drop --beam"]
      ),
      (
        ["predict", writer, "--beam", "5", "--n-best", "2"], ["--beam, --n-best is for runs of: "]
      ),
      (
        ["predict", writer],
        ["unroll predict is for runs of: lm --condition, ", "classify", "tag", "train lm'"]
      ),
      (
        ["predict", classifier, "--columns"], ["--columns is for runs of: tag", "train classify'"]
      ),
      (
        ["eval", writer, "--text", text, "--length", "5"],
        ["--length is for runs of: recall", "drop --length"]
      ),
      (["eval", classifier, "--data", text, "--streams", "2"], ["--streams is for runs of: lm"]),
      (["sample", classifier], ["unroll sample is for runs of: lm", "name another run"]),
      (["score", classifier], ["unroll score is for runs of: lm"]),
      (
        ["compose", classifier, "--out", folder.path("x.mid")],
        ["unroll compose is for runs of: compose"]
      ),
      (
        ["embed", writer, "--text", text, "--tsv", folder.path("x")],
        ["unroll embed is for runs of: autoencode"]
      ),
      (["inspect", writer, "--memory"], ["--memory is for runs of: recall"]),
    ]
    for (arguments, words) in cases {
      let result = try UnrollProcess.run(arguments, input: "a line\n")
      #expect(result.status == 2 && result.output == "", "\(arguments): \(result.output)")
      for word in words { #expect(result.errors.contains(word), "\(arguments): \(result.errors)") }
    }
  }

  /// A bad line in the middle takes no answer from those before it.
  @Test func whatCameBeforeABadLineIsAnswered() throws {
    let folder = try TemporaryFolder()
    let run = try classifier(in: folder)
    let result = try UnrollProcess.run(
      ["predict", run, "--strict"],
      input: "the sun\n" + "it rains\n" + "nul \0 byte\n" + "the sun\n")
    #expect(result.status == 1)
    #expect(result.output.split(separator: "\n").count == 2, "\(result.output)")
    #expect(result.errors.contains("standard input line 3, column 5: a NUL byte"))
  }

  /// Somebody who types, or a program that asks in turn, is answered before the next line.
  @Test func whoeverWaitsIsAnswered() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = try UnrollProcess.executable()
    process.arguments = ["predict", try classifier(in: folder)]
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    let (writer, reader) = (input.fileHandleForWriting, output.fileHandleForReading)
    for lines in ["the sun\n", "it rains\nthe sun\n"] {
      try writer.write(contentsOf: Data(lines.utf8))
      var answers = Data()
      while answers.count(where: { $0 == UInt8(ascii: "\n") }) < lines.split(separator: "\n").count
      {
        try #require(
          StandardStreams.wait(
            for: reader.fileDescriptor, Int32(POLLIN), milliseconds: 60_000), "no answer")
        let part = reader.availableData
        try #require(!part.isEmpty, "it ended")
        answers += part
      }
    }
    try writer.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
