import Foundation
import Testing
import TestSupport

/// What would be read or written in silence as something else, as a user meets it.
@Suite struct ReadingFaultTests {
  /// A run has a `vocabulary.json` too, and so may anybody's folder; standard input is kept as `input`.
  @Test func storesTakeNoFolderOfOthers() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("a b\n", to: "a.txt")
    let names = ["input", "manifest.json", "vocabulary.json"]
    let mine = folder.file("mine")
    try FileManager.default.createDirectory(at: mine, withIntermediateDirectories: true)
    for name in names { try folder.write("mine", to: "mine/" + name) }
    for (source, input) in [(text, ""), ("-", "a b\n")] {
      let result = try UnrollProcess.run(
        ["tokenize", "--text", source, "--overwrite", "--out", mine.path], input: input)
      #expect(
        result.status == 2
          && result.errors.contains("mine' is not empty and holds no token store: found 'input'"),
        "\(result.errors)")
    }
    #expect(try folder.names(in: "mine") == names)
    for name in names {
      #expect(try String(contentsOf: mine.appendingPathComponent(name), encoding: .utf8) == "mine")
    }
  }

  @Test func linesOfCarriageReturnsAreNamed() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("p\tgood film\rq\tbad film\rp\tfine film\r", to: "mac.txt")
    for arguments in [["classify", "--data", text], ["lm", "--text", text]] {
      let result = try UnrollProcess.run(
        ["train"] + arguments + ["--out", folder.path("run"), "--epochs", "1"])
      #expect(
        result.status == 1
          && result.errors.contains("mac.txt' ends its lines with carriage returns alone"),
        "\(result.errors)")
    }
  }
}
