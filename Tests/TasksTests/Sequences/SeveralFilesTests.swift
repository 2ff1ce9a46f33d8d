import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Several files to train on are what one file would be that holds them one behind the other.
@Suite struct SeveralFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let texts = ["a\tx y\nb\ty z z\na\tx\n", "b\tz\nc\tq x\n", "c\tq\na\ty y x\n"]
  private static let series = ["up,1,2,3\ndown,3,2,1\n", "flat,1,1,1\nup,1,2,4\n", "down,4,2,1\n"]
  private static let tags = [
    "a DT O\nb NN B-x\n\nc NN B-x\nd NN I-x\n\n", "b NN B-y\n\na DT O\nc NN B-x\n\n",
    "d NN B-y\na DT O\n\n",
  ]
  private static let numbers = ["0.5,1,2\n-1,3,1\n", "2,1,0\n0,1,1\n", "1.5,2,2\n"]
  private static let pairs = ["a b\tx y\nc\tz\n", "b c\ty z\n", "a\tx\nc c\tz z\n"]

  private func begin<Task: TrainingTask>(
    _ type: Task.Type, _ settings: [String: String]
  ) throws -> TrainingRun<Task> {
    try .begun(
      at: folder.file("run-\(UUID().uuidString)"),
      [
        "model.hidden": "7", "train.updates": "4", "train.threads": "2", "train.batch": "3",
        "data.valid_fraction": "0.2",
      ], settings)
  }

  private func list(_ contents: [String], _ name: String) throws -> String {
    let paths = try contents.enumerated().map { number, text in
      try folder.write(text, to: "\(number)-\(name)").path
    }
    return "[" + paths.map { "'\($0)'" }.joined(separator: ", ") + "]"
  }

  private func weights<Task: TrainingTask>(_ run: TrainingRun<Task>) throws -> [[UInt32]] {
    try run.train()
    return run.task.parameters.parameters.map { $0.values.map(\.bitPattern) }
  }

  /// - Parameter files: contents by key.
  private func expectAsOne<Task: TrainingTask>(
    _ type: Task.Type, _ files: [String: [String]], _ name: String,
    _ settings: [String: String] = [:]
  ) throws {
    func with(_ parts: ([String]) -> [String]) throws -> TrainingRun<Task> {
      let paths = try files.map { key, contents in
        (key, try list(parts(contents), "\(parts(contents).count)-\(key)-\(name)"))
      }
      return try begin(type, settings.merging(paths) { $1 })
    }
    let (several, one) = (try with { $0 }, try with { [$0.joined()] })
    #expect(try weights(several) == weights(one), "\(name)")
  }

  @Test func areWhatOneWouldBe() throws {
    try expectAsOne(ClassificationTask.self, ["data.train": Self.texts], "texts.tsv")
    try expectAsOne(ClassificationTask.self, ["data.train": Self.series], "series.csv")
    try expectAsOne(
      TaggingTask.self, ["data.train": Self.tags], "tags.txt", ["data.features": "[\"2\"]"])
    try expectAsOne(RegressionTask.self, ["data.train": Self.numbers], "numbers.csv")
    try expectAsOne(ConditionalTextTask.self, ["data.condition": Self.texts], "named.tsv")
    try expectAsOne(TranslationTask.self, ["data.pairs": Self.pairs], "pairs.tsv")
    let sides = [0, 1].map { side in
      Self.pairs.map { text in
        text.split(separator: "\n").map { $0.split(separator: "\t")[side] + "\n" }.joined()
      }
    }
    try expectAsOne(
      TranslationTask.self, ["data.source": sides[0], "data.target": sides[1]], "side.txt")
  }

  @Test func sentencesAndMusicAreWhatOneWouldBe() throws {
    try expectAsOne(
      AutoencodingTask.self, ["data.text": ["a b\nc\n", "b c a\n\nc\n", "a\n"]], "text.txt")
    try expectAsOne(
      AutoencodingTask.self, ["data.text": ["a b\nc\n\n", "b c a\n\nc\n\n", "a\n"]],
      "documents.txt",
      ["model.hierarchical": "true"])
    // What is validated on too: best weights follow from it.
    try expectAsOne(
      ClassificationTask.self, ["data.train": [Self.texts[0]], "data.valid": Self.texts], "v.tsv")
    try expectAsOne(
      TaggingTask.self, ["data.train": [Self.tags[0]], "data.valid": Self.tags], "v.txt",
      ["data.features": "[\"2\"]"])
    try expectAsOne(
      ConditionalTextTask.self,
      ["data.condition": [Self.texts[0]], "data.valid": [Self.texts[0], "b\ty x\n"]],
      "v.tsv")
    try expectAsOne(
      LanguageModelTask.self,
      ["data.text": ["a b c\nb c a\na\n"], "data.valid": ["a b\n", "c\n"]],
      "v.txt", ["train.steps": "2", "train.batch": "1"])

    let music = [["[60]", "[62,64]"], ["[67],[60]"], ["[64]"]]
    func json(_ pieces: [String]) -> String {
      let list = pieces.map { "[[61],\($0)]" }.joined(separator: ",")
      return "{\"train\": [\(list)], \"valid\": [\(list)], \"test\": [\(list)]}"
    }
    let files = try list(music.map(json), "music.json")
    let whole = try list([json(music.flatMap(\.self))], "whole.json")
    let trained = try [files, whole].map { music in
      try weights(
        TrainingRun<CompositionTask>.begun(
          at: folder.file("run-\(UUID().uuidString)"),
          ["data.music": music, "model.hidden": "7", "train.updates": "4", "train.batch": "3"]))
    }
    #expect(trained[0] == trained[1])
  }

  /// One folder for all transcripts, one for each, or all in one file.
  @Test func recordingsOfSeveralFoldersAreWhatOneWouldBe() throws {
    let names = [["1.wav", "2.wav"], ["3.wav", "4.wav", "5.wav"]]
    for (part, files) in names.enumerated() {
      for (row, name) in files.enumerated() {
        let sound = Sound(
          sampleRate: 8000, samples: ToneRecordings.sound("abc", row: 3 * part + row))
        for place in ["all", "part-\(part)"] {
          let url = folder.file("\(place)/\(name)")
          try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
          try sound.write(to: url)
        }
      }
    }
    func paths(_ names: [String]) -> String {
      "[" + names.map { "'\(folder.file($0).path)'" }.joined(separator: ", ") + "]"
    }
    let texts = names.map { $0.map { "\($0)\tabc\n" }.joined() }
    let (several, one) = (try list(texts, "part.tsv"), try list([texts.joined()], "all.tsv"))
    let forms = [
      (paths(["part-0", "part-1"]), several), (paths(["all"]), several), (paths(["all"]), one),
    ]
    let speech = ["features.filters": "6", "features.coefficients": "4", "features.deltas": "0"]
    let trained = try forms.map { audio, transcripts in
      try weights(
        begin(
          TranscriptionTask.self,
          ["data.audio": audio, "data.transcripts": transcripts].merging(speech) { $1 }))
    }
    #expect(trained[0] == trained[2] && trained[1] == trained[2])
    let segments = try [["part-0", "part-1"], ["all"]].map {
      try weights(
        begin(AutoencodingTask.self, ["data.audio": paths($0)].merging(speech) { $1 }))
    }
    #expect(segments[0] == segments[1])

    let run = try begin(
      TranscriptionTask.self,
      ["data.audio": paths(["all"]), "data.transcripts": one].merging(speech) { $1 })
    try run.train()
    let task = try TranscriptionTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let (first, second) = (folder.file("0-part.tsv"), folder.file("1-part.tsv"))
    let parts = try task.evaluate([
      folder.file("part-0"), first, folder.file("part-1"), second,
    ])
    #expect(try task.evaluate([folder.file("all"), folder.file("0-all.tsv")]).score == parts.score)
    expectUserError(saying: "expected folders of recordings, each before its transcripts") {
      _ = try task.evaluate([folder.file("all")])
    }
    expectUserError(saying: "data.audio names 2 folders, data.transcripts 1 files") {
      _ = try begin(
        TranscriptionTask.self,
        ["data.audio": paths(["part-0", "part-1"]), "data.transcripts": one])
    }
  }

  /// Several files are measured as one is, labels that were never trained among them.
  @Test(arguments: [(texts, "tsv", "d\tz\na\tx\n"), (series, "csv", "odd,1,5,1\nup,1,2,3\n")])
  func areMeasuredAsOne(contents: [String], ending: String, further: String) throws {
    let run = try begin(
      ClassificationTask.self, ["data.train": list(contents, "train.\(ending)")])
    try run.train()
    let task = try ClassificationTask.opened(in: run.folder, team: WorkerTeam(count: 2))
    let parts = [further.replacing("d\t", with: "e\t"), contents[0], further]
    let files = try parts.enumerated().map { try folder.write($1, to: "\($0).\(ending)") }
    let whole = try folder.write(parts.joined(), to: "whole.\(ending)")
    let (several, one) = (try task.evaluate(files), try task.evaluate([whole]))
    #expect(several.score == one.score && several.json == one.json)
    #expect(several.score.count == 7 - (ending == "csv" ? 1 : 0))
  }

  @Test func mistakesNameTheirFile() throws {
    func message<Task: TrainingTask>(
      _ type: Task.Type, _ key: String, _ contents: [String], _ name: String,
      _ settings: [String: String] = [:]
    ) throws -> String {
      let all = settings.merging([key: try list(contents, name)]) { $1 }
      return try #require(throws: UserError.self) { try begin(type, all) }.message
    }
    let texts = try message(
      ClassificationTask.self, "data.train", Self.texts + ["a\tx\nno tab\n"], "bad.tsv")
    #expect(texts.contains("3-bad.tsv' line 2"), "\(texts)")
    let wider = try message(
      RegressionTask.self, "data.train", ["1,2,3\n2,3,4\n"], "narrow.csv")
    #expect(!wider.isEmpty)
    let columns = try message(
      TaggingTask.self, "data.train", [Self.tags[0], "a O\n\n"], "tags.txt",
      ["data.features": "[\"2\"]"])
    #expect(columns.contains("1-tags.txt' has its tag in column 2"), "\(columns)")
    let none = try #require(throws: UserError.self) {
      try begin(TaggingTask.self, ["data.train": "[\"\"]"])
    }
    #expect(none.message == "no data to train on")
    let kinds = try message(
      ClassificationTask.self, "data.train", [Self.texts[0], "1,2,3\n"], "mixed.tsv")
    #expect(kinds.contains("1-mixed.tsv"), "\(kinds)")
    let sides = try #require(throws: UserError.self) {
      try begin(
        TranslationTask.self,
        ["data.source": list(["a\n", "b\n"], "s.txt"), "data.target": list(["x\n"], "t.txt")])
    }
    #expect(sides.message == "data.source names 2 files, data.target 1")
  }

  /// A run begun with a path goes on, and one begun with files goes on with those alone, in their order.
  @Test func runsKeepTheirFiles() throws {
    let files = try list(Self.texts, "kept.tsv")
    let run = try begin(ClassificationTask.self, ["data.train": files])
    try run.train(stopAt: 2)
    let toml = try String(contentsOf: run.folder.configuration, encoding: .utf8)
    func write(_ paths: [Int]) throws {
      let names = paths.map { "\"\(folder.file("\($0)-kept.tsv").path)\"" }
      let line = try #require(toml.split(separator: "\n").first { $0.hasPrefix("train = ") })
      try toml.replacing(line, with: "train = [" + names.joined(separator: ", ") + "]")
        .write(to: run.folder.configuration, atomically: true, encoding: .utf8)
    }
    for paths in [[0, 1], [1, 0, 2], [0, 1, 2, 2]] {
      try write(paths)
      let error = try #require(throws: UserError.self) {
        try TrainingRun<ClassificationTask>.resumed(run.folder)
      }
      #expect(error.message.contains("3 files of data.train"), "\(error.message)")
    }
    try write([0, 1, 2])
    try TrainingRun<ClassificationTask>.resumed(run.folder).train()

    let path = try folder.write(Self.texts.joined(), to: "all.tsv").path
    let single = try begin(ClassificationTask.self, ["data.train": path])
    try single.train(stopAt: 2)
    let kept = try String(contentsOf: single.folder.configuration, encoding: .utf8)
    #expect(kept.contains("train = [\"\(path)\"]"))
    // As it was written before there could be several.
    try kept.replacing("train = [\"\(path)\"]", with: "train = \"\(path)\"")
      .write(to: single.folder.configuration, atomically: true, encoding: .utf8)
    try TrainingRun<ClassificationTask>.resumed(single.folder).train()
  }
}
