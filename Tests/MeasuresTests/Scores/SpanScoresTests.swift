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
