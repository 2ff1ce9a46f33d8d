import Corpora
import Foundation
import Interchange
import Measures
import Testing

struct SpanScoresTests {
  /// One corpus of random tags and what conlleval prints for it; see make_span_goldens.py.
  private struct Case: Decodable {
    let scheme: String
    let sentences: [[[String]]]
    let report: String
  }

  private func cases() throws -> [Case] {
    let url = try #require(
      Bundle.module.url(
        forResource: "span-scores", withExtension: "json", subdirectory: "values"))
    return try JSONDecoder().decode([String: [Case]].self, from: Data(contentsOf: url))["cases"]
      ?? []
  }

  @Test func reportsAreConllevalsToTheDigit() throws {
    let cases = try cases()
    #expect(cases.count == 12)
    for golden in cases {
      var scores = SpanScores()
      for sentence in golden.sentences { scores.add(truth: sentence[0], predicted: sentence[1]) }
      #expect(scores.report == golden.report)
    }
  }

  private struct SeqevalCase: Decodable {
    let family: String
    let scheme: String
    let sentences: [[[String]]]
    let precision: Double
    let recall: Double
    let f1: Double
    let accuracy: Double
  }

  /// Tags that break their schemes, and whole spans in each scheme; see make_seqeval_goldens.py.
  @Test func scoresAreSeqevals() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "seqeval-scores", withExtension: "json", subdirectory: "values"))
    let cases = try #require(
      try JSONDecoder().decode([String: [SeqevalCase]].self, from: Data(contentsOf: url))["cases"])
    #expect(cases.count == 12 && Set(cases.map(\.scheme)).count == 4)
    for golden in cases {
      var scores = SpanScores()
      for sentence in golden.sentences { scores.add(truth: sentence[0], predicted: sentence[1]) }
      let name = Comment(rawValue: "\(golden.family), \(golden.scheme)")
      #expect(abs(scores.overall.precision - golden.precision) < 1e-12, name)
      #expect(abs(scores.overall.recall - golden.recall) < 1e-12, name)
      #expect(abs(scores.overall.f1 - golden.f1) < 1e-12, name)
      #expect(abs(scores.accuracy - golden.accuracy) < 1e-12, name)
      guard golden.family == "spans" else { continue }
      let scheme = TagNotation.detect(in: TagTriples(golden.sentences.map { $0[0] }))?.scheme
      #expect(scheme?.rawValue == golden.scheme, name)
    }
  }

  /// The example of seqeval's documentation.
  @Test func seqevalsExampleHasItsScore() {
    var scores = SpanScores()
    scores.add(
      truth: ["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"],
      predicted: ["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"])
    scores.add(truth: ["B-PER", "I-PER", "O"], predicted: ["B-PER", "I-PER", "O"])
    #expect(scores.overall.f1 == 0.5)
    #expect(scores.accuracy == 0.8)
    #expect(scores.types.map(\.name) == ["MISC", "PER"])
    #expect(scores.types[1].counts.f1 == 1)
    #expect(scores.json["f1"]?.number == 0.5)
    #expect(scores.json["types"]?["PER"]?["found"]?.integer == 1)
  }

  @Test func nothingScoresNothing() {
    var scores = SpanScores()
    #expect(scores.report == "processed 0 tokens with 0 phrases; found: 0 phrases; correct: 0.\n")
    scores.add(truth: ["O"], predicted: ["O"])
    #expect(scores.overall.f1 == 0 && scores.accuracy == 1)
  }
}
