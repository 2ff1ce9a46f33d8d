import Corpora
import Foundation
import Interchange

/// Precision, recall and F1 of spans: what conlleval prints, to the digit.
///
/// A span is right if type, first and last token are. Spans are read from the tags as conlleval
/// reads them (`TagSpan.spans`), so any scheme can be scored, and a stray I opens a span. Integer
/// counts, so the order of sentences does not matter.
package struct SpanScores: Sendable, Equatable {
  /// Counts of spans, of one type or of all.
  package struct Counts: Sendable, Equatable {
    package fileprivate(set) var correct = 0
    /// Spans that were predicted.
    package fileprivate(set) var found = 0
    /// Spans that are there.
    package fileprivate(set) var present = 0

    /// The share of the predicted spans that are right; 0 if there are none.
    package var precision: Double { ratio(correct, found) }
    /// The share of the spans that were found; 0 if there are none.
    package var recall: Double { ratio(correct, present) }
    /// Their harmonic mean; 0 if both are 0.
    package var f1: Double { ratio(2 * correct, found + present) }

    // The same in percent and in conlleval's order of operations, for equal rounding.
    fileprivate var precisionPercent: Double { ratio(100 * correct, found) }
    fileprivate var recallPercent: Double { ratio(100 * correct, present) }
    package var f1Percent: Double {
      let (p, r) = (precisionPercent, recallPercent)
      return p + r > 0 ? 2 * p * r / (p + r) : 0
    }
  }

  package private(set) var tokenCount = 0
  /// Tokens whose tag is right.
  package private(set) var correctTokens = 0
  /// All types together.
  package private(set) var overall = Counts()
  private var byType: [String: Counts] = [:]

  package init() {}

  /// Takes one sentence into account; both have a tag for each token.
  package mutating func add(truth: [String], predicted: [String]) {
    precondition(
      truth.count == predicted.count, "\(predicted.count) tags for \(truth.count) tokens")
    tokenCount += truth.count
    correctTokens += truth.indices.reduce(0) { $0 + (truth[$1] == predicted[$1] ? 1 : 0) }
    let present = TagSpan.spans(in: truth)
    let known = Set(present)
    for span in present {
      overall.present += 1
      byType[span.type, default: Counts()].present += 1
    }
    for span in TagSpan.spans(in: predicted) {
      let correct = known.contains(span) ? 1 : 0
      overall.found += 1
      overall.correct += correct
      byType[span.type, default: Counts()].found += 1
      byType[span.type, default: Counts()].correct += correct
    }
  }

  /// The share of the tokens whose tag is right; 0 without tokens.
  package var accuracy: Double { ratio(correctTokens, tokenCount) }
  package var accuracyPercent: Double { ratio(100 * correctTokens, tokenCount) }

  /// The types in truth or prediction, by their bytes.
  package var types: [(name: String, counts: Counts)] {
    byType.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { (name: $0.key, counts: $0.value) }
  }

  /// The report in conlleval's form: totals, then a line a type with the spans predicted.
  package var report: String {
    var text =
      "processed \(tokenCount) tokens with \(overall.present) phrases; "
      + "found: \(overall.found) phrases; correct: \(overall.correct).\n"
    guard tokenCount > 0 else { return text }
    text +=
      "accuracy: \(Self.percent(accuracyPercent)); precision: \(Self.percent(overall.precisionPercent)); "
      + "recall: \(Self.percent(overall.recallPercent)); FB1: \(Self.fixed(overall.f1Percent))\n"
    for (name, counts) in types {
      let padding = String(repeating: " ", count: max(0, 17 - name.utf8.count))
      text +=
        "\(padding)\(name): precision: \(Self.percent(counts.precisionPercent)); "
        + "recall: \(Self.percent(counts.recallPercent)); "
        + "FB1: \(Self.fixed(counts.f1Percent))  \(counts.found)\n"
    }
    return text
  }

  /// The same as JSON, in shares.
  package var json: JSONValue {
    func members(_ counts: Counts) -> [JSONValue.Member] {
      [
        .init("precision", .number(counts.precision)), .init("recall", .number(counts.recall)),
        .init("f1", .number(counts.f1)), .init("correct", .integer(counts.correct)),
        .init("found", .integer(counts.found)), .init("present", .integer(counts.present)),
      ]
    }
    return .object(
      [.init("tokens", .integer(tokenCount)), .init("accuracy", .number(accuracy))]
        + members(overall)
        + [.init("types", .object(types.map { .init($0.name, .object(members($0.counts))) }))])
  }

  private static func fixed(_ value: Double) -> String { String(format: "%6.2f", value) }
  private static func percent(_ value: Double) -> String { fixed(value) + "%" }
}
