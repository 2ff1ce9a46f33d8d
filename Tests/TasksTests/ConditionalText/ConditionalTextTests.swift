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

/// Texts that follow from a label alone.
@Suite struct ConditionalTextTests {
  /// Each label has one text, of its own length: known by heart, and ended where it ends.
  @Test(arguments: ["char", "word", "byte"])
  func learnsTextsByHeart(tokens: String) throws {
    let folder = try TemporaryFolder()
    let run = try begin(["data.tokens": tokens, "train.epochs": "80"], in: folder)
    var scores: [Score] = []
    _ = try run.train { if case .validated(let report) = $0 { scores.append(report.score) } }
    #expect(try #require(scores.last).loss < 0.05)

    let trained = try ConditionalTextTask.opened(in: run.folder, team: WorkerTeam(count: 2))
    for (label, text) in Self.texts {
      #expect(try sample(trained, label, limit: 50) == text + "\n")
    }
    #expect(try sample(trained, "d", limit: 1) == "a\n", "cut at the limit")
  }

  /// The probability of a text is that of its characters and of its end: with all weights zero each
  /// costs ln(vocabulary + 1).
  @Test func probabilityCountsTheEnd() throws {
    let folder = try TemporaryFolder()
    let run = try begin(["train.updates": "1"], in: folder)
    for parameter in run.task.parameters.parameters {
      parameter.values = [Float](repeating: 0, count: parameter.count)
    }
    run.task.parameters.pack()
    let texts = try ConditionalTextTask.read(
      run.settings, Workplace(team: WorkerTeam(count: 1), folder: run.folder))
    let score = try run.task.validate(run.task.examples(#require(texts.validation)))
    #expect(score.count == Self.texts.reduce(0) { $0 + $1.text.count + 1 })
    let classes = run.task.vocabulary.count + 1
    #expect(abs(score.loss - log(Double(classes))) < 1e-6)

    _ = try run.train { _ in }
    let trained = try ConditionalTextTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let prediction = try #require(try trained.predictions(["a\tabab"]).first)
    let probability = try #require(prediction.json["log_probability"]?.number)
    #expect(prediction.json["tokens"]?.integer == 5)
    // The whole is the same, measured on the text alone.
    let data = try folder.write("a\tabab\n", to: "one.tsv")
    #expect(abs(try trained.evaluate([data]).score.loss + probability / 5) < 1e-6)
    // Blanks around are no part of it, as in files.
    let spaced = try #require(try trained.predictions([" a \t abab "]).first)
    #expect(spaced.json["log_probability"] == prediction.json["log_probability"])
  }

  @Test func resumingEqualsNeverStopping() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "train.updates": "11", "train.batch": "2", "model.dropout": "0.3", "model.layers": "2",
      "train.threads": "1",
    ]
    let straight = try begin(settings, in: folder, "straight")
    let stopped = try begin(settings, in: folder, "stopped")
    try expectResumingEqualsNeverStopping(straight, stopped, at: 4)
  }

  @Test func mistakesAreTold() throws {
    let folder = try TemporaryFolder()
    let run = try begin(["train.updates": "1"], in: folder)
    _ = try run.train { _ in }
    let trained = try ConditionalTextTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    func message(_ body: () throws -> Void) throws -> String {
      try #require(throws: UserError.self, performing: body).message
    }
    #expect(
      try message { _ = try sample(trained, "z", limit: 1) }.contains("unknown label 'z'"))
    #expect(
      try message { _ = try sample(trained, nil, limit: 1) }.contains("texts of a label"))
    #expect(try message { _ = try trained.evaluate([]) }.contains("no texts to measure on"))
    for (line, found) in [
      ("abab", "no tab"), ("z\tabab", "unknown label 'z'"), ("a\t", "no text"),
      ("\ta\tb", "unknown label ''"),
    ] {
      #expect(try message { _ = try trained.predictions([line]) }.contains(found), "\(line)")
    }
    try folder.write("a\tabab\nq\tother\n", to: "texts.tsv")
    let again = try TrainingRun<ConditionalTextTask>(run.resolved, folder: run.folder)
    #expect(try message { try again.resume { _ in } }.contains("the data has changed"))
  }

  // MARK: Support

  private static let texts: [(label: String, text: String)] = [
    ("a", "abab"), ("b", "ba"), ("c", "cabbage"), ("d", "a b c"),
  ]

  /// The most probable text of a label.
  private func sample(
    _ task: ConditionalTextTask, _ label: String?, limit: Int
  ) throws -> String {
    var request = SamplingRequest()
    request.condition = label
    request.length = limit
    request.rule = SamplingRule(temperature: 0)
    var text = ""
    try task.sample(request) { text += $0 }
    return text
  }

  private func begin(
    _ settings: [String: String], in folder: TemporaryFolder, _ name: String = "run"
  ) throws -> TrainingRun<ConditionalTextTask> {
    let lines = Self.texts.map { "\($0.label)\t\($0.text)\n" }.joined()
    let texts = try folder.write(lines, to: "texts.tsv")
    let standard = [
      "data.condition": texts.path, "data.valid": texts.path, "model.hidden": "24",
      "model.embedding": "8", "train.batch": "1", "train.threads": "2", "optimizer.lr": "0.02",
    ]
    return try .begun(at: folder.file(name), standard, settings)
  }
}
