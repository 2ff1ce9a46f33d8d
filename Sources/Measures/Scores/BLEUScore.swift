import Foundation
import Interchange

/// BLEU of a corpus, equal to sacreBLEU's: one reference a segment, exponential smoothing.
///
/// The geometric mean of the shares of n-grams, n = 1 ... 4, that the reference has too, lowered
/// where the translations are shorter than the references. Integer counts, so the order of segments
/// does not matter.
///
/// Source: Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation" (2002);
/// Post, "A Call for Clarity in Reporting BLEU Scores" (2018).
package struct BLEUScore: Sendable, Equatable {
  /// How texts become words, by sacreBLEU's names.
  package enum Tokenization: String, Sendable {
    /// For plain texts.
    case mteval = "13a"
    /// For texts whose words and marks blanks part already.
    case none
  }

  package let tokenization: Tokenization

  /// What sacreBLEU prints for the same choices; the version is the one these scores are tested with.
  package var signature: String {
    "nrefs:1|case:mixed|eff:no|tok:\(tokenization.rawValue)|smooth:exp|version:2.6.0"
  }

  /// For the orders 1 ... 4.
  package private(set) var counts = [NGramCounts](repeating: NGramCounts(), count: 4)
  package private(set) var segmentCount = 0

  package init(_ tokenization: Tokenization = .mteval) { self.tokenization = tokenization }

  private func tokens(_ text: String) -> [[Unicode.Scalar]] {
    switch tokenization {
    case .mteval: MTEvalTokenizer.tokens(text)
    case .none: text.unicodeScalars.split(whereSeparator: \.separatesWords).map(Array.init)
    }
  }

  /// Takes one translated segment into account.
  package mutating func add(reference: String, hypothesis: String) {
    var numbers = WordNumbers()
    let found = NGramCounts.segment(
      hypothesis: numbers.number(tokens(hypothesis)),
      reference: numbers.number(tokens(reference)), orders: counts.count)
    for order in counts.indices { counts[order] += found[order] }
    segmentCount += 1
  }

  /// Tokens of all translations.
  package var hypothesisLength: Int { counts[0].hypothesis }
  /// Tokens of all references.
  package var referenceLength: Int { counts[0].reference }

  /// 1, or less if the translations are shorter than the references.
  package var brevityPenalty: Double {
    if hypothesisLength >= referenceLength { return 1 }
    return hypothesisLength == 0
      ? 0 : exp(1 - Double(referenceLength) / Double(hypothesisLength))
  }

  /// Percent of the n-grams that the reference has, for n = 1 ... 4.
  ///
  /// The k-th order without a match counts as if 1 / 2ᵏ had matched; all are 0 if nothing matches.
  package var precisions: [Double] {
    guard counts.contains(where: { $0.shared > 0 }) else { return counts.map { _ in 0 } }
    var smoothing = 1.0
    return counts.map { count in
      guard count.hypothesis > 0 else { return 0 }
      if count.shared > 0 { return 100 * Double(count.shared) / Double(count.hypothesis) }
      smoothing *= 2
      return 100 / (smoothing * Double(count.hypothesis))
    }
  }

  /// 0 ... 100.
  package var score: Double {
    let precisions = precisions
    guard precisions.allSatisfy({ $0 > 0 }) else { return 0 }
    let mean = precisions.reduce(0) { $0 + log($1) } / Double(precisions.count)
    return brevityPenalty * exp(mean)
  }

  /// The line that sacreBLEU prints.
  package var report: String {
    let parts = precisions.map { String(format: "%.1f", $0) }.joined(separator: "/")
    let ratio =
      referenceLength > 0 ? Double(hypothesisLength) / Double(referenceLength) : 0
    return "BLEU|\(signature) = \(String(format: "%.2f", score)) \(parts) "
      + String(format: "(BP = %.3f ratio = %.3f ", brevityPenalty, ratio)
      + "hyp_len = \(hypothesisLength) ref_len = \(referenceLength))"
  }

  /// The same, for machines.
  package var json: JSONValue {
    .object([
      .init("bleu", .number(score)), .init("signature", .string(signature)),
      .init("precisions", .array(precisions.map { .number($0) })),
      .init("brevity_penalty", .number(brevityPenalty)),
      .init("hypothesis_length", .integer(hypothesisLength)),
      .init("reference_length", .integer(referenceLength)),
    ])
  }
}
