import Foundation
import TestSupport
import Testing
import Unroll

/// Words that training never shows, but that the file of vectors has: names have large first numbers,
/// other words small ones, so that a model that reads vectors can tell them apart.
@Suite struct UnseenWordTests {
  /// Words 0 ..< 12 are trained on, the others are in the file alone.
  private func vectors(_ folder: TemporaryFolder) throws -> URL {
    let lines = (0..<40).map { index in
      let name = index % 2 == 0
      let numbers = [name ? "1" : "-1", "0.\(10 + index)", "-0.\(50 - index)"]
      return (["\(name ? "n" : "w")\(index)"] + numbers).joined(separator: " ") + "\n"
    }
    return try folder.write(lines.joined(), to: "vectors.txt")
  }

  private func columns(_ folder: TemporaryFolder) throws -> URL {
    let sentences = (0..<60).map { row in
      (0..<2 + row % 3).map { place in
        let index = (row * 5 + place * 7) % 12
        return index % 2 == 0 ? "n\(index) B-PER\n" : "w\(index) O\n"
      }.joined()
    }
    return try folder.write(sentences.joined(separator: "\n"), to: "train.conll")
  }

  private func begin<Task: TrainingTask>(
    _ task: Task.Type = Task.self, _ settings: [String: String], at url: URL
  ) throws -> TrainingRun<Task> {
    let basic = [
      "model.hidden": "8", "train.threads": "1", "train.batch": "8", "optimizer.lr": "0.02",
      "train.epochs": "12", "data.valid_fraction": "0",
    ]
    let run = try TrainingRun<Task>(
      Task.schema.resolve(
        overrides: basic.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: url))
    try run.begin()
    return run
  }

  /// A word of the file that no training sentence holds, one that nobody knows, and spellings that only
  /// the lower case of the file has.
  @Test func aTaggerReadsThemByTheirVectors() throws {
    let folder = try TemporaryFolder()
    let (data, file) = (try columns(folder), try vectors(folder))
    let settings = ["data.train": data.path, "data.embeddings": file.path]
    let run = try begin(TaggingTask.self, settings, at: folder.file("all"))
    #expect(run.task.summary.contains("vectors for 12 of 14 words (85.7 %) and 28 others"))
    // The width is the file's, and the run says so.
    #expect(run.resolved["model.embedding"] == .integer(3))
    _ = try run.train { _ in }
    let tagger = try TaggingTask.open(run.folder.url, threads: 2)
    #expect(
      try tagger.predictions(["n20 w21", "w33", "N38", "w0 n38 w35"]).map(\.text)
        == ["B-PER O", "O", "B-PER", try tagger.predictions(["zz n38 w35"])[0].text])
    // What a whole file measures is what its words say.
    let test = try folder.write("n30 B-PER\nw31 O\n\nw39 O\n", to: "test.conll")
    #expect(try tagger.evaluate([test]).score["f1"] == 1)

    // Kept out, they are all the one unknown word.
    let other = try begin(
      TaggingTask.self, settings.merging(["data.embeddings_keep": "vocabulary"]) { $1 },
      at: folder.file("vocabulary"))
    _ = try other.train { _ in }
    #expect(!FileManager.default.fileExists(atPath: other.folder.vectors.path))
    let blind = try TaggingTask.open(other.folder.url, threads: 1)
    let found = try blind.predictions(["n20", "w21"]).map(\.text)
    #expect(found[0] == found[1])
    // Training itself sees no difference.
    try expectEqualTensors(run.folder.model, other.folder.model)
  }

  /// A file of another run, whose rows are longer than the table's.
  @Test func vectorsOfAnotherWidthAreRefused() throws {
    let folder = try TemporaryFolder()
    let data = try columns(folder)
    func trained(_ vectors: URL, _ name: String) throws -> RunFolder {
      let run = try begin(
        TaggingTask.self, ["data.train": data.path, "data.embeddings": vectors.path],
        at: folder.file(name))
      _ = try run.train { _ in }
      return run.folder
    }
    let run = try trained(try vectors(folder), "narrow")
    let wider = try String(contentsOf: folder.file("vectors.txt"), encoding: .utf8)
      .replacing("\n", with: " 1 2\n")
    let other = try trained(try folder.write(wider, to: "wider.txt"), "wide")
    try FileManager.default.removeItem(at: run.vectors)
    try FileManager.default.copyItem(at: other.vectors, to: run.vectors)
    expectUserError(saying: "vectors of 5 numbers, expected 3") {
      _ = try TaggingTask.open(run.url, threads: 1)
    }
  }

  /// Validation reads them as prediction does; a resumed run too, in the same bits.
  @Test func validationAndResumingReadThemToo() throws {
    let folder = try TemporaryFolder()
    let (data, file) = (try columns(folder), try vectors(folder))
    let test = try folder.write("n30 B-PER\nw31 O\n\nw39 O\n", to: "valid.conll")
    let settings = [
      "data.train": data.path, "data.embeddings": file.path, "data.valid": test.path,
    ]
    func last(_ run: TrainingRun<TaggingTask>, stopAt: Int = .max) throws -> Double? {
      var f1: Double?
      _ = try run.train(shouldStop: { run.update >= stopAt }) {
        if case .validated(let report) = $0 { f1 = report.score["f1"] }
      }
      return f1
    }
    let straight = try begin(TaggingTask.self, settings, at: folder.file("straight"))
    #expect(try last(straight) == 1)
    let stopped = try begin(TaggingTask.self, settings, at: folder.file("stopped"))
    _ = try last(stopped, stopAt: 11)
    #expect(try last(TrainingRun<TaggingTask>(resuming: stopped.folder.url)) == 1)
    try expectEqualTensors(straight.folder.model, stopped.folder.model)
  }

  /// Runs from before there was such an option have no file of vectors, and none is missed.
  @Test func formerRunsKnowTheirVocabularyAlone() throws {
    let folder = try TemporaryFolder()
    let run = try begin(
      TaggingTask.self,
      [
        "data.train": try columns(folder).path, "data.embeddings": try vectors(folder).path,
        "data.embeddings_keep": "vocabulary", "train.updates": "4",
      ], at: folder.file("run"))
    _ = try run.train { _ in }
    let text = try String(contentsOf: run.folder.configuration, encoding: .utf8)
    try text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("embeddings_keep") }.joined(separator: "\n")
      .write(to: run.folder.configuration, atomically: true, encoding: .utf8)
    let tagger = try TaggingTask.open(run.folder.url, threads: 1)
    let found = try tagger.predictions(["n20", "w21"]).map(\.text)
    #expect(found[0] == found[1])
    _ = try TrainingRun<TaggingTask>(resuming: run.folder.url)
  }

  @Test func aClassifierReadsThemByTheirVectors() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<80).map { row in
      let isName = row % 3 == 0
      let words = (0..<3).map { place in
        let index = 2 * ((row * 5 + place) % 6)
        return isName ? "n\(index)" : "w\(index + 1)"
      }
      return (isName ? "name" : "word") + "\t" + words.joined(separator: " ") + "\n"
    }
    let data = try folder.write(rows.joined(), to: "train.tsv")
    let run = try begin(
      ClassificationTask.self,
      ["data.train": data.path, "data.embeddings": try vectors(folder).path],
      at: folder.file("run"))
    _ = try run.train { _ in }
    let trained = try ClassificationTask.open(run.folder.url, threads: 2)
    #expect(
      try trained.predictions(["n20 n22", "w33", "w25 w39 w21"]).map { $0.json["label"]?.string }
        == ["name", "word", "word"])
    #expect(run.task.summary.contains("others"))
  }

  /// Frozen, the table ends as it began, and all else is trained; under decay too.
  @Test func frozenVectorsStay() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "data.train": try columns(folder).path, "data.embeddings": try vectors(folder).path,
      "data.freeze_embeddings": "true", "optimizer.name": "adamw",
      "optimizer.weight_decay": "0.1", "train.updates": "9",
    ]
    let run = try begin(TaggingTask.self, settings, at: folder.file("run"))
    func values() -> [String: [Float]] {
      Dictionary(uniqueKeysWithValues: run.task.parameters.parameters.map { ($0.name, $0.values) })
    }
    let before = values()
    _ = try run.train { _ in }
    for (name, after) in values() {
      #expect((after == before[name]) == (name == "embedding.weight"))
    }
    let error = #expect(throws: UserError.self) {
      try begin(
        TaggingTask.self, settings.merging(["data.embeddings": ""]) { $1 },
        at: folder.file("none"))
    }
    #expect(error?.hint == "name their file with --embeddings")
  }

  /// What the file cannot be is said before anything is trained, with the option that does it.
  @Test func anotherWidthNamesTheOption() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "data.train": try columns(folder).path, "data.embeddings": try vectors(folder).path,
      "model.embedding": "5",
    ]
    let error = #expect(throws: UserError.self) {
      try begin(TaggingTask.self, settings, at: folder.file("run"))
    }
    #expect(error?.message.contains("has vectors of 3 numbers, but --embedding is 5") == true)
    #expect(error?.hint?.contains("--embedding 3") == true)
  }
}
