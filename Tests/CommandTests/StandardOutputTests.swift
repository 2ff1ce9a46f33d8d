import Foundation
import TestSupport
import Testing

/// What a command writes to `/dev/stdout` is the file and nothing else; what it says of it is told elsewhere.
@Suite struct StandardOutputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func madeTextIsAllThereIs() throws {
    for more in [[], ["--json"]] {
      let result = try UnrollProcess.succeed(
        ["data", "make", "markov", "--bytes", "1000", "--order", "1", "--out", "/dev/stdout"] + more
      )
      #expect(result.output.utf8.count == 1000)
      #expect(result.errors.contains("entropy"), "\(result.errors)")
    }
    // As ever where it goes to a file.
    let told = try UnrollProcess.succeed([
      "data", "make", "markov", "--bytes", "1000", "--out", folder.path("text"),
    ])
    #expect(told.output.contains("entropy rate") && told.errors == "", "\(told)")
  }

  @Test func aPartOfTheExamplesIsAllThereIs() throws {
    let lines = (0..<10).map { "\($0)\n" }
    let data = try folder.write(lines.joined(), to: "lines.txt")
    let result = try UnrollProcess.succeed([
      "data", "split", "--as", "lines", "--data", data, "--fraction", "0.3", "--train",
      folder.path("train.txt"), "--test", "/dev/stdout",
    ])
    #expect(result.output.split(separator: "\n").count == 3, "\(result.output)")
    #expect(result.errors.contains("7 examples in "), "\(result.errors)")
  }

  @Test func aPageIsAllThereIs() throws {
    let run = try TrainedRun.pears()
    let page = try UnrollProcess.succeed(["report", run, "--out", "/dev/stdout"])
    #expect(page.output.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix("</html>"))
    #expect(page.errors.contains("page in '/dev/stdout'"), "\(page.errors)")
    let picture = try UnrollProcess.succeed([
      "inspect", run, "--curve", "loss", "--svg", "/dev/stdout",
    ])
    #expect(picture.output.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix("</svg>"))
    #expect(picture.errors.contains("picture in '/dev/stdout'"), "\(picture.errors)")
  }

  @Test func predictionsAreAllThereIs() throws {
    let data = try folder.write(
      (0..<20).map { $0 % 2 == 0 ? "a\tsun \($0)\n" : "b\train \($0)\n" }.joined(), to: "data.tsv")
    let run = folder.path("run")
    try UnrollProcess.succeed([
      "train", "classify", "--data", data, "--hidden", "4", "--embedding", "4", "--updates", "1",
      "--quiet", "--out", run,
    ])
    let result = try UnrollProcess.succeed([
      "eval", run, "--data", data, "--predictions", "/dev/stdout",
    ])
    #expect(!result.output.contains("nats"), "\(result.output)")
    #expect(result.output.split(separator: "\n").count == 21, "\(result.output)")
    #expect(result.errors.contains("accuracy"), "\(result.errors)")
  }

  // MARK: What is told of files

  @Test func blankLinesThatHaveNoVectorAreTold() throws {
    let lines = (0..<40).map { "the cat \($0 % 7) sleeps\n" }
    let text = try folder.write(lines.joined(), to: "text.txt")
    let run = folder.path("run")
    try UnrollProcess.succeed([
      "train", "autoencode", "--text", text, "--hidden", "4", "--code", "4", "--embedding", "4",
      "--updates", "1", "--threads", "1", "--quiet", "--out", run,
    ])
    let gaps = try folder.write("the cat\n\n \nsleeps\n", to: "gaps.txt")
    let result = try UnrollProcess.succeed([
      "embed", run, "--text", gaps, "--out", folder.path("v.npy"),
    ])
    #expect(result.errors.contains("warning: '\(gaps)' has 2 blank lines"), "\(result.errors)")
    #expect(result.errors.contains("2 vectors of 4 numbers"), "\(result.errors)")
  }

  @Test func whatAnImportLacksIsNamedAsItsUserKnowsIt() throws {
    let data = try folder.write("a\thello x\nb\tbye y\n", to: "data.tsv")
    let run = folder.path("run")
    try UnrollProcess.succeed([
      "train", "classify", "--data", data, "--hidden", "4", "--embedding", "4", "--updates", "1",
      "--valid-fraction", "0", "--quiet", "--out", run,
    ])
    let weights = folder.path("weights.safetensors")
    try FileManager.default.copyItem(
      atPath: folder.path("run/model.safetensors"), toPath: weights)
    let command = [
      "import", "--torch", weights, "--out", folder.path("imported"), "--config",
    ]
    let missing = try UnrollProcess.run(command + [folder.path("run/config.toml")])
    #expect(missing.status == 2, "\(missing.errors)")
    #expect(missing.errors.contains("labels.txt"), "\(missing.errors)")
    #expect(missing.errors.contains("name it with --files"), "\(missing.errors)")
    let other = try String(contentsOf: folder.file("run/config.toml"), encoding: .utf8)
      .replacing("hidden = 4\n", with: "hidden = 7\n")
    let result = try UnrollProcess.run(
      command + [
        try folder.write(other, to: "other.toml"), "--files", folder.path("run/labels.txt"),
        folder.path("run/vocabulary.json"),
      ])
    #expect(result.errors.contains("'\(weights)' holds rnn.weight_ih_l0"), "\(result.errors)")
  }
}
