import Foundation
import Testing
import TestSupport

/// Text outside ASCII: a character is a Unicode scalar, whatever its bytes.
@Suite struct ChineseTextTests {
  @Test func madeQuatrainsTrainAndSample() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(Self.quatrains, to: "quatrains.txt")
    try check(text, folder, alphabet: Self.quatrains, updates: "40")
  }

  @Test(
    .enabled(
      if: SharedData.url("tang-quatrains/tang-quatrains.txt") != nil,
      "the shared data is not here"))
  func tangQuatrainsTrainAndSample() throws {
    let url = try #require(SharedData.url("tang-quatrains/tang-quatrains.txt"))
    try check(
      url.path, try TemporaryFolder(), alphabet: String(contentsOf: url, encoding: .utf8),
      updates: "10")
  }

  private func check(
    _ text: String, _ folder: TemporaryFolder, alphabet: String, updates: String
  ) throws {
    let run = folder.path("run")
    try UnrollProcess.succeed([
      "train", "lm", "--text", text, "--layers", "1", "--hidden", "24", "--embedding", "16",
      "--batch", "8", "--steps", "12", "--updates", updates, "--quiet", "--out", run,
    ])
    let inspected = try #require(
      try UnrollProcess.succeed(["inspect", run, "--json"]).jsonLines().first)
    #expect(inspected["vocabulary"] as? Int == Set(alphabet.unicodeScalars).count)
    let prompt = String(alphabet.prefix(2))
    let sample = try UnrollProcess.succeed([
      "sample", run, "--prompt", prompt, "--length", "60", "--seed", "3",
    ]).output
    #expect(sample.hasPrefix(prompt))
    #expect(sample.unicodeScalars.count == 2 + 60 + 1, "the prompt, the draws, a line's end")
    #expect(Set(sample.unicodeScalars).isSubset(of: Set((alphabet + "\n").unicodeScalars)))
  }

  /// Forty lines in the manner of five-character quatrains, from a few made half-lines.
  private static let quatrains: String = {
    let heads = ["山月", "江水", "秋風", "春雨", "孤舟", "遠寺", "寒夜", "白雲"]
    let tails = ["照客舟", "入夢來", "過竹林", "滿空山", "落花香"]
    let lines = (0..<40).map { index -> String in
      let end = index % 2 == 0 ? "，" : "。\n"
      return heads[index % heads.count] + tails[index % tails.count] + end
    }
    return lines.joined()
  }()
}
