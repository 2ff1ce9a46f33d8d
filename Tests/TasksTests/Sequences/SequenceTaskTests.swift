import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Tasks over sequences: they learn, resume and predict.
@Suite struct SequenceTaskTests {
  /// Words that end alike belong together: learnt from one half, known in the other.
  @Test(arguments: SequenceModelConfiguration.Pooling.allCases)
  func classifierLearns(pooling: SequenceModelConfiguration.Pooling) throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(Self.labelledWords(400), to: "words.tsv")
    let run: TrainingRun<ClassificationTask> = try begin(
      [
        "data.train": data.path, "data.tokens": "char", "data.valid_fraction": "0.25",
        "model.hidden": "24", "model.embedding": "8", "model.bidirectional": "true",
        "model.pooling": pooling.rawValue, "train.epochs": "6", "optimizer.lr": "0.02",
      ], in: folder.file("run"))
    #expect(try #require(try lastScore(run)["accuracy"]) > 0.95)

    let trained = try ClassificationTask.opened(in: run.folder, team: WorkerTeam(count: 2))
    #expect(try #require(trained.evaluate([data]).score["accuracy"]) > 0.95)
    let labels = try trained.predictions(["papapaka", "totoloku"]).map { $0.json["label"]?.string }
    #expect(labels == ["kah", "kuh"])
  }

  @Test func attentionThatNothingReadsIsRefused() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(Self.labelledWords(10), to: "words.tsv")
    let error = #expect(throws: UserError.self) {
      let _: TrainingRun<ClassificationTask> = try begin(
        ["data.train": data.path, "model.self_attention": "dot"], in: folder.file("run"))
    }
    #expect(error?.message.contains("--pooling last") == true)
  }

  /// Words that were never seen are told by the letters they end with.
  @Test func trigramsKnowUnseenWords() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(Self.labelledWords(400), to: "words.tsv")
    let run: TrainingRun<ClassificationTask> = try begin(
      [
        "data.train": data.path, "data.encode": "trigrams", "model.hidden": "16",
        "model.embedding": "8", "train.epochs": "6", "optimizer.lr": "0.02",
      ], in: folder.file("run"))
    _ = try run.train { _ in }
    let trained = try ClassificationTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let labels = try trained.predictions(["risetopalopatoka", "risetopalopatoku"])
      .map { $0.json["label"]?.string }
    #expect(labels == ["kah", "kuh"])
  }

  /// Vectors from a file are where training begins; a word without one begins at random.
  @Test func trainingBeginsWithOutsideVectors() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write("a\tpear plum\nb\tplum fig\na\tpear\nb\tfig\n", to: "fruit.tsv")
    let vectors = try folder.write("pear 1 2 3\nfig 4 5 6\n", to: "vectors.txt")
    var settings = [
      "data.train": data.path, "data.embeddings": vectors.path, "model.hidden": "8",
      "model.embedding": "3", "data.valid_fraction": "0.5",
    ]
    let run: TrainingRun<ClassificationTask> = try begin(settings, in: folder.file("run"))
    let table = try #require(run.task.core.model.table)
    let vocabulary = try #require(run.task.vocabulary)
    let pear = Int(try #require(vocabulary.id(of: "pear")))
    #expect(Array(table.values[3 * pear..<3 * pear + 3]) == [1, 2, 3])
    settings["model.embedding"] = "4"
    #expect(throws: UserError.self) {
      let _: TrainingRun<ClassificationTask> = try begin(settings, in: folder.file("other"))
    }
  }

  /// Any number of labels: one for each of two letters that a word holds.
  @Test func multiLabelClassifierLearns() throws {
    let folder = try TemporaryFolder()
    let random = RandomStream(seed: 5, purpose: .generator)
    let lines = (0..<400).map { row in
      let word = (0..<5).map { ["a", "b", "c", "d"][Int(random.word(row: row, index: $0) % 4)] }
      let labels = ["a", "b"].filter(word.contains)
      return "\(labels.joined(separator: ","))\t\(word.joined())\n"
    }
    let data = try folder.write(lines.joined(), to: "letters.tsv")
    let run: TrainingRun<ClassificationTask> = try begin(
      [
        "data.train": data.path, "data.tokens": "char", "data.multi_label": "true",
        "model.hidden": "16", "model.embedding": "8", "model.pooling": "max",
        "train.epochs": "8", "optimizer.lr": "0.02",
      ], in: folder.file("run"))
    #expect(try #require(try lastScore(run)["micro_f1"]) > 0.95)
  }

  /// The sum of a series, whose length varies.
  @Test func regressionLearns() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(Self.sums(500), to: "sums.csv")
    let run: TrainingRun<RegressionTask> = try begin(
      [
        "data.train": data.path, "model.hidden": "16", "train.epochs": "15", "optimizer.lr": "0.01",
      ], in: folder.file("run"))
    #expect(try #require(try lastScore(run)["r2"]) > 0.95)
  }

  /// Every step says what the next one is: a sine of unknown phase.
  @Test func everyStepRegressionLearns() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<200).map { row in
      (0..<20).map { String(sin(0.7 * Double($0) + Double(row))) }.joined(separator: ",") + "\n"
    }
    let data = try folder.write(rows.joined(), to: "sines.csv")
    let run: TrainingRun<RegressionTask> = try begin(
      [
        "data.train": data.path, "data.every_step": "true", "model.hidden": "24",
        "train.epochs": "15", "optimizer.lr": "0.01",
      ], in: folder.file("run"))
    #expect(try lastScore(run).loss < 0.05)
  }

  @Test func syntheticTaskLearns() throws {
    let folder = try TemporaryFolder()
    let run: TrainingRun<MemoryProblemTask> = try begin(
      [
        "data.task": "adding", "data.length": "6", "model.hidden": "32", "train.epochs": "4",
        "data.valid_examples": "200", "optimizer.lr": "0.01",
      ], in: folder.file("run"))
    #expect(try lastScore(run).loss < 0.01)
  }

  /// Stopped in the middle of an epoch and continued with another number of threads: the same bytes.
  @Test func resumingEqualsNeverStopping() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(Self.labelledWords(90), to: "words.tsv")
    let settings = [
      "data.train": data.path, "data.tokens": "char", "model.hidden": "11",
      "model.embedding": "7", "model.layers": "2", "model.bidirectional": "true",
      "model.dropout": "0.3", "model.self_attention": "additive", "model.pooling": "attention",
      "train.batch": "13",
      "train.updates": "15", "train.threads": "1",
    ]
    let straight: TrainingRun<ClassificationTask> = try begin(settings, in: folder.file("straight"))
    let stopped: TrainingRun<ClassificationTask> = try begin(settings, in: folder.file("stopped"))
    try expectResumingEqualsNeverStopping(straight, stopped, at: 4)
  }

  /// Data that changed under a run is told, not trained on.
  @Test func changedDataIsRefused() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(Self.labelledWords(40), to: "words.tsv")
    let run: TrainingRun<ClassificationTask> = try begin(
      ["data.train": data.path, "model.hidden": "8", "train.updates": "2"],
      in: folder.file("run"))
    _ = try run.train { _ in }
    try folder.write(Self.labelledWords(40) + "new\tword\n", to: "words.tsv")
    let again = try TrainingRun<ClassificationTask>(run.resolved, folder: run.folder)
    let error = try #require(throws: UserError.self) { try again.resume { _ in } }
    #expect(error.message.contains("the data has changed"))
  }

  // MARK: Support

  private static func labelledWords(_ count: Int) -> String {
    let random = RandomStream(seed: 7, purpose: .generator)
    let syllables = ["pa", "to", "lo", "ri", "se"]
    return (0..<count).map { row in
      let length = 1 + Int(random.word(row: row, index: 0) % 5)
      let stem = (1...length).map { syllables[Int(random.word(row: row, index: $0) % 5)] }
      let end = random.word(row: row, index: 9) % 2 == 0 ? "ka" : "ku"
      return "\(end)h\t\(stem.joined())\(end)\n"
    }.joined()
  }

  private static func sums(_ count: Int) -> String {
    let random = RandomStream(seed: 9, purpose: .generator)
    return (0..<count).map { row in
      let length = 1 + Int(random.word(row: row, index: 0) % 8)
      let values = (1...length).map { Double(random.uniform(row: row, index: $0)) - 0.5 }
      return ([values.reduce(0, +)] + values).map { String($0) }.joined(separator: ",") + "\n"
    }.joined()
  }

  private func begin<Task: TrainingTask>(
    _ settings: [String: String], in url: URL
  ) throws -> TrainingRun<Task> {
    let configuration = try Task.schema.resolve(
      overrides: settings.merging(["train.threads": "2"]) { given, _ in given }
        .map { SettingsOverride($0, text: $1) })
    let run = try TrainingRun<Task>(configuration, folder: .plan(at: url))
    try run.begin()
    return run
  }

  private func lastScore<Task: TrainingTask>(_ run: TrainingRun<Task>) throws -> Score {
    var scores: [Score] = []
    _ = try run.train { if case .validated(let report) = $0 { scores.append(report.score) } }
    return try #require(scores.last)
  }
}
