import Foundation
import Interchange
import Measures
import Networks
import Runs

/// What is shown of a text and of the targets that were found for it: lines, JSON, a picture.
struct ShownTranslation {
  private let text: String
  /// Its tokens, in the order of the text.
  private let source: [String]
  /// The best first; none for an empty text.
  private let targets: [Target]
  private let decoding: TranslationDecoding

  private struct Target {
    let found: FoundTarget
    let text: String
    /// The stop symbol at the end.
    let tokens: [String]
    /// `[tokens][source]`; empty if they were not asked for.
    let weights: [[Float]]
  }

  /// - Parameter ids: of `text`, in the order in which the network reads them.
  init(
    _ text: String, _ ids: [Int32], _ found: [FoundTarget], _ language: TranslationLanguage,
    _ decoding: TranslationDecoding
  ) {
    self.text = text
    self.decoding = decoding
    source = language.inReadingOrder(ids).map(language.source.spelling)
    targets = found.map {
      Target(
        found: $0, text: decoding.text($0, of: text, language),
        tokens: $0.tokens.map(language.target.spelling) + ($0.isComplete ? ["</s>"] : []),
        weights: $0.weights.map(language.inReadingOrder))
    }
  }

  /// What each token of the best target looked at; nil for an empty text.
  var plot: AlignmentPlot? {
    targets.first.map { AlignmentPlot(source: source, target: $0.tokens, weights: $0.weights) }
  }

  var prediction: Prediction { Prediction(text: lines.joined(separator: "\n"), json: json) }

  private var lines: [String] {
    guard !targets.isEmpty else { return [""] }
    return targets.enumerated().flatMap { rank, target in
      (decoding.search.count > 1
        ? ["\(rank + 1)\t\(String(format: "%.4f", target.found.score))\t\(target.text)"]
        : [target.text]) + (decoding.showsAlignment ? table(target) : [])
    }
  }

  /// A line of source tokens, then one a token of the target.
  private func table(_ target: Target) -> [String] {
    [([""] + source).joined(separator: "\t")]
      + zip(target.tokens, target.weights).map { token, row in
        ([token] + row.map { String(format: "%.2f", $0) }).joined(separator: "\t")
      }
  }

  private var json: JSONValue {
    var members: [JSONValue.Member] = [.init("source", .string(text))]
    guard let best = targets.first else {
      return .object(members + [.init("translation", .string(""))])
    }
    members += json(best)
    if decoding.showsAlignment {
      members += [
        .init("source_tokens", .array(source.map { .string($0) })),
        .init("target_tokens", .array(best.tokens.map { .string($0) })),
        .init("alignment", .array(best.weights.map { .array($0.map { .number(Double($0)) }) })),
      ]
    }
    if decoding.search.count > 1 {
      members.append(.init("n_best", .array(targets.map { .object(json($0)) })))
    }
    return .object(members)
  }

  private func json(_ target: Target) -> [JSONValue.Member] {
    [
      .init("translation", .string(target.text)),
      .init("log_probability", .number(target.found.logProbability)),
      .init("score", .number(target.found.score)),
    ]
  }
}
