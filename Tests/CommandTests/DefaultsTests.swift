import Foundation
import TestSupport
import Testing

/// A user who types the data alone is told what follows from them, and can have it again.
@Suite struct DefaultsTests {
  let folder: TemporaryFolder
  private let byTheData = ["UNROLL_TRAIN_DEFAULTS": "data"]

  init() throws {
    folder = try TemporaryFolder()
    let lines = (0..<40).map { row in
      "\(row % 2 == 0 ? "up" : "down"),"
        + (0..<6).map { "\(row % 2 == 0 ? $0 : 5 - $0)" }.joined(separator: ",")
    }
    try folder.write(lines.joined(separator: "\n") + "\n", to: "series.csv")
  }

  private var command: [String] { ["train", "classify", "--data", folder.path("series.csv")] }

  @Test func theDataAloneAreEnough() throws {
    let run = folder.path("run")
    let trained = try UnrollProcess.succeed(
      command + ["--epochs", "8", "--threads", "2", "--out", run], environment: byTheData)
    #expect(trained.errors.contains("channels may have any scale: data.standardize = true\n"))
    #expect(!trained.errors.contains("train.epochs"), "it was given")
    let kept = try String(contentsOfFile: "\(run)/config.toml", encoding: .utf8)
    let printed = try UnrollProcess.succeed(
      command + ["--epochs", "8", "--threads", "2", "--print-config"], environment: byTheData)
    #expect(printed.output == kept)
    let fixed = try UnrollProcess.succeed(
      command + ["--defaults", "fixed", "--print-config"], environment: byTheData
    ).output
    #expect(fixed.contains("pooling = \"last\"") && kept.contains("pooling = \"max\""))
    let tried = try UnrollProcess.succeed(command + ["--dry-run"], environment: byTheData)
    #expect(tried.output.contains("data.standardize = true"))

    // From its settings the run comes again.
    let again = folder.path("again")
    try UnrollProcess.succeed(
      ["train", "classify", "--config", "\(run)/config.toml", "--threads", "1", "--out", again])
    #expect(
      try Data(contentsOf: folder.file("run/model.safetensors"))
        == Data(contentsOf: folder.file("again/model.safetensors")))
  }

  /// How long it takes is up to the machine; what was chosen is printed, kept and can be had again.
  @Test func aBudgetBecomesSettings() throws {
    let run = folder.path("run")
    let trained = try UnrollProcess.succeed(
      command + ["--budget", "2s", "--threads", "1", "--out", run], environment: byTheData)
    let line = try #require(
      trained.errors.split(separator: "\n").first { $0.hasPrefix("a budget of 2.0 s, at ") })
    let updates = try #require(line.firstMatch(of: /train\.updates = (\d+)/)?.1)
    #expect(trained.errors.contains("done: \(updates) updates"))
    let kept = try String(contentsOfFile: "\(run)/config.toml", encoding: .utf8)
    for setting in String(line).split(separator: ": ").last?.split(separator: ", ") ?? [] {
      let name = setting.drop { $0 != "." }.dropFirst()
      #expect(kept.contains("\n\(name)\n"), "\(setting)")
    }
    try UnrollProcess.succeed(
      ["train", "classify", "--config", "\(run)/config.toml", "--out", folder.path("again")])
    #expect(
      try Data(contentsOf: folder.file("run/model.safetensors"))
        == Data(contentsOf: folder.file("again/model.safetensors")))
  }

  @Test(arguments: [
    (["--budget", "2s", "--epochs", "3"], "both --budget and train.epochs"),
    (["--budget", "soon"], "--budget"), (["--budget", "0m"], "--budget"),
    (["--budget", "5"], "expected a time, as 90s, 10m or 1h30m"),
    (["--budget", "2s", "--dry-run"], "--budget is for a single new run"),
    (["--budget", "2s", "--print-config"], "--budget is for a single new run"),
  ])
  func budgetsThatMeanNothingAreRefused(options: [String], words: String) throws {
    let result = try UnrollProcess.run(command + options + ["--out", folder.path("run")])
    #expect(result.status != 0 && result.errors.contains(words), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/config.toml")))
  }
}
