import Foundation
import TestSupport
import Testing
import Training
import Unroll

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

    let trained = try TrainedConditionalText(run.folder, team: WorkerTeam(count: 2))
    let generator = ConditionalTextGenerator(trained.definition, seed: 3)
    for (label, text) in Self.texts {
      #expect(
        generator.text(
          label: try trained.label(label), limit: 50, rule: SamplingRule(temperature: 0)) == text)
    }
    #expect(
      generator.text(
        label: try trained.label("d"), limit: 1, rule: SamplingRule(temperature: 0)) == "a",
      "cut at the limit")
  }

  /// The probability of a text is that of its characters and of its end: with all weights zero each
  /// costs ln(vocabulary + 1).
  @Test func probabilityCountsTheEnd() throws {
    let folder = try TemporaryFolder()
    let run = try begin(["train.updates": "1"], in: folder)
    for parameter in run.job.parameters.parameters {
      parameter.values = [Float](repeating: 0, count: parameter.count)
    }
    run.job.parameters.pack()
    let score = try #require(run.job.validate())
    #expect(score.count == Self.texts.reduce(0) { $0 + $1.text.count + 1 })
    let classes = run.job.definition.vocabulary.count + 1
    #expect(abs(score.loss - log(Double(classes))) < 1e-6)

    _ = try run.train { _ in }
    let trained = try TrainedConditionalText(run.folder, team: WorkerTeam(count: 1))
    var lines = ["a\tabab"]
    var probability = 0.0
    try trained.predict({ lines.popLast() }) {
      probability = $0.json["log_probability"]?.number ?? 0
      #expect($0.json["tokens"]?.integer == 5)
    }
    // The whole is the same, measured on the text alone.
    let data = try folder.write("a\tabab\n", to: "one.tsv")
    #expect(abs(try trained.evaluate([data]).score.loss + probability / 5) < 1e-6)
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
    let trained = try TrainedConditionalText(run.folder, team: WorkerTeam(count: 1))
    func message(_ body: () throws -> Void) throws -> String {
      try #require(throws: UserError.self, performing: body).message
    }
    #expect(try message { _ = try trained.label("z") }.contains("unknown label 'z'"))
    #expect(try message { _ = try trained.evaluate([]) }.contains("expected one file"))
    for (line, found) in [("abab", "no tab"), ("z\tabab", "unknown label 'z'"), ("a\t", "no tab")] {
      var lines = [line]
      #expect(
        try message { try trained.predict({ lines.popLast() }) { _ in } }.contains(found), "\(line)"
      )
    }
    try folder.write("a\tabab\nq\tother\n", to: "texts.tsv")
    let again = try TrainingRun<ConditionalTextJob>(run.configuration, folder: run.folder)
    #expect(try message { try again.resume { _ in } }.contains("the texts have changed"))
  }

  // MARK: Support

  private static let texts: [(label: String, text: String)] = [
    ("a", "abab"), ("b", "ba"), ("c", "cabbage"), ("d", "a b c"),
  ]

  private func begin(
    _ settings: [String: String], in folder: TemporaryFolder, _ name: String = "run"
  ) throws -> TrainingRun<ConditionalTextJob> {
    let lines = Self.texts.map { "\($0.label)\t\($0.text)\n" }.joined()
    let texts = try folder.write(lines, to: "texts.tsv")
    let standard = [
      "data.condition": texts.path, "data.valid": texts.path, "model.hidden": "24",
      "model.embedding": "8", "train.batch": "1", "train.threads": "2", "optimizer.lr": "0.02",
    ]
    let configuration = try ConditionalTextSchema.standard.resolve(
      overrides: standard.merging(settings) { $1 }.map { ConfigurationOverride($0, text: $1) })
    let run = try TrainingRun<ConditionalTextJob>(
      configuration, folder: .plan(at: folder.file(name)))
    try run.begin()
    return run
  }
}
