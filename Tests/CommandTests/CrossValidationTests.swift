import Foundation
import TestSupport
import Testing

/// `unroll cross-validate`, and what a run is tested with at its end.
@Suite struct CrossValidationTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    // Each line once, so that folds can be told apart; the label is the last letter.
    let lines = (0..<30).map { "\($0 % 2 == 0 ? "x" : "y")\tw\($0) \($0 % 2 == 0 ? "p" : "q")\n" }
    try folder.write(lines.joined(), to: "texts.tsv")
  }

  private var command: [String] {
    [
      "cross-validate", "classify", "--data", folder.path("texts.tsv"), "--hidden", "6",
      "--embedding", "5", "--updates", "12", "--lr", "0.05", "--batch", "4", "--threads", "2",
      "--folds", "3", "--seeds", "2", "--out", folder.path("cv"), "--quiet",
    ]
  }

  @Test func thereIsAHighestSeed() throws {
    let result = try UnrollProcess.run(command + ["--seed", "9223372036854775807"])
    #expect(
      result.status == 2 && result.errors.contains("there are no 2 seeds"), "\(result.errors)")
  }

  /// What a training would take is told of one part's.
  @Test func dryRunsLeaveAPartOut() throws {
    let dry = try UnrollProcess.succeed(command.dropLast() + ["--dry-run"]).output
    // Of 30 texts 20 are learnt from: five minibatches of four.
    #expect(dry.contains("5 an epoch"), "\(dry)")
  }

  @Test func everyPartIsTestedOnce() throws {
    let json = try UnrollProcess.succeed(command + ["--json"]).jsonLines()[0]
    let runs = try #require(json["runs"] as? [[String: Any]])
    #expect(
      runs.map { $0["run"] as? String } == [
        "fold-1-seed-1", "fold-2-seed-1", "fold-3-seed-1", "fold-1-seed-2", "fold-2-seed-2",
        "fold-3-seed-2",
      ])
    func values(_ key: String) throws -> [Double] {
      try runs.map { try #require($0[key] as? Double) }
    }
    for key in ["loss", "accuracy", "macro_f1"] {
      let found = try values(key)
      let mean = found.reduce(0, +) / 6
      let deviation = (found.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 5).squareRoot()
      #expect(abs(((json["mean"] as? [String: Double])?[key] ?? .nan) - mean) < 1e-12)
      #expect(abs(((json["deviation"] as? [String: Double])?[key] ?? .nan) - deviation) < 1e-12)
    }
    // What was tested had no part in the training: a third of the texts, all of them once a seed.
    for run in ["fold-2-seed-1", "fold-2-seed-2"] {
      let words = try String(
        contentsOfFile: folder.path("cv/\(run)/vocabulary.json"), encoding: .utf8)
      let known = (0..<30).filter { words.contains("\"w\($0)\"") }
      // 20 to learn from, 2 of them to validate on.
      #expect(known.count == 18, "\(known)")
    }
    let metrics = try String(
      contentsOfFile: folder.path("cv/fold-1-seed-1/metrics.jsonl"), encoding: .utf8)
    #expect(metrics.split(separator: "\n").last?.contains(#""split":"test""#) == true)

    // What is finished is kept, what is missing is made, what has begun goes on.
    let marked = folder.path("cv/fold-1-seed-1/model.safetensors")
    let before =
      try FileManager.default.attributesOfItem(atPath: marked)[.modificationDate] as? Date
    try FileManager.default.removeItem(at: folder.file("cv/fold-3-seed-2"))
    let begun = folder.path("cv/fold-2-seed-2/metrics.jsonl")
    let lines = try String(contentsOfFile: begun, encoding: .utf8).split(separator: "\n")
    try lines.dropLast().joined(separator: "\n").appending("\n")
      .write(toFile: begun, atomically: true, encoding: .utf8)
    let again = try UnrollProcess.succeed(command + ["--json"]).jsonLines()[0]
    #expect(NSDictionary(dictionary: again).isEqual(to: json))
    #expect(
      try FileManager.default.attributesOfItem(atPath: marked)[.modificationDate] as? Date == before
    )

    let table = try UnrollProcess.succeed(command).output.split(separator: "\n")
    #expect(table.count == 9 && table[0].contains("accuracy"))
    #expect(table[7].hasPrefix("mean") && table[8].hasPrefix("± deviation"))

    let other = try UnrollProcess.run(command + ["--hidden", "7"])
    #expect(other.status == 2)
    #expect(other.errors.contains("was begun with model.hidden = 6, but 7 is asked for"))
  }

  @Test func figuresOfOtherDataAreNotTold() throws {
    let command = [
      "cross-validate", "classify", "--data", folder.path("texts.tsv"), "--hidden", "4",
      "--embedding", "4", "--updates", "1", "--threads", "1", "--folds", "2", "--out",
      folder.path("cv"), "--quiet",
    ]
    try UnrollProcess.succeed(command)
    let lines = (0..<20).map { "\($0 % 2 == 0 ? "x" : "y")\tv\($0)\n" }
    try folder.write(lines.joined(), to: "texts.tsv")
    let changed = try UnrollProcess.run(command)
    #expect(changed.status == 1 && changed.output == "")
    #expect(
      changed.errors.contains(
        "the data has changed since '\(folder.path("cv/fold-1-seed-1"))' began"),
      "\(changed.errors)")
    try UnrollProcess.succeed(command + ["--overwrite"])
  }

  @Test func whatHasNoExamplesIsRefused() throws {
    let made = try UnrollProcess.run([
      "cross-validate", "adding", "--hidden", "4", "--out", folder.path("cv"),
    ])
    #expect(made.status == 2)
    #expect(made.errors.contains("not divided into folds"), "\(made.errors)")
    let text = try UnrollProcess.run([
      "cross-validate", "lm", "--text", TrainedRun.data("pears.txt"), "--out", folder.path("cv"),
    ])
    #expect(text.status == 2)
    #expect(text.errors.contains("no examples to divide into folds"), "\(text.errors)")
  }

  /// At its end a run is tested as `unroll eval` tests it.
  @Test func aRunIsTestedAtItsEnd() throws {
    try folder.write("x\tw3 p\ny\tw5 q\nx\tq w5\n", to: "test.tsv")
    let train = [
      "train", "classify", "--data", folder.path("texts.tsv"), "--hidden", "6", "--embedding", "5",
      "--updates", "12", "--eval-every", "4", "--threads", "2", "--out", folder.path("run"),
    ]
    let result = try UnrollProcess.succeed(train + ["--test", folder.path("test.tsv")])
    let shown = try #require(result.errors.split(separator: "\n").first { $0.hasPrefix("test  ") })
    let run = folder.path("run")
    let evaluated = try UnrollProcess.succeed([
      "eval", run, "--data", folder.path("test.tsv"), "--threads", "2",
    ]).output
    #expect(evaluated.hasPrefix(shown.dropFirst(6)))
    let json = try UnrollProcess.succeed([
      "eval", run, "--data", folder.path("test.tsv"), "--json",
    ]).jsonLines()[0]
    let lines = try String(contentsOfFile: folder.path("run/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    let last = try #require(lines.last)
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    #expect(record["split"] as? String == "test" && record["update"] as? Int == 12)
    for key in ["loss", "accuracy", "macro_f1"] {
      #expect(record[key] as? Double == json[key] as? Double, "\(key)")
    }
    // What cannot be read is told before the training.
    let bad = try UnrollProcess.run(train + ["--overwrite", "--test", folder.path("none.tsv")])
    #expect(bad.status == 1 && bad.errors.contains("none.tsv"), "\(bad.errors)")
    #expect(!bad.errors.contains("epoch"))
  }

  /// `--dry-run` needs no folder and makes none.
  @Test func aTrainingIsTried() throws {
    let result = try UnrollProcess.succeed(
      [
        "train", "lm", "--text", TrainedRun.data("pears.txt"), "--hidden", "8", "--layers", "1",
        "--embedding", "4", "--epochs", "2", "--cache", folder.path("cache"), "--dry-run",
      ], in: folder.url)
    for words in ["parameters, ", "weights and gradients", "together", "an update", " an epoch;"] {
      #expect(result.output.contains(words), "\(result.output)")
    }
    #expect(result.errors.isEmpty)
    #expect(try folder.names() == ["texts.tsv"])
  }
}
