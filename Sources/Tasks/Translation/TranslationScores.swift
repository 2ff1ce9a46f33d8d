import Foundation
import Interchange
import Measures

/// How good translations are, of all sentences and by the length of their sources.
package struct TranslationScores {
  private var bleu: BLEUScore
  private var chrF = ChrFScore()
  private var exact = 0
  private var byLength: [BLEUScore]
  private let nats: Double
  private let tokens: Int

  /// Words and marks of a source; the last range holds the two before it.
  private static let lengths = [1...5, 6...10, 11...15, 16...Int.max, 11...Int.max]

  /// - Parameters:
  ///   - nats, tokens: the loss of the references, given the true tokens before each.
  ///   - tokenization: how BLEU cuts texts.
  package init(nats: Double, tokens: Int, _ tokenization: BLEUScore.Tokenization = .mteval) {
    self.nats = nats
    self.tokens = tokens
    bleu = BLEUScore(tokenization)
    byLength = Self.lengths.map { _ in BLEUScore(tokenization) }
  }

  /// - Parameter words: of the source.
  package mutating func add(words: Int, reference: String, hypothesis: String) {
    // An unknown word is one word, which the tokenizer would cut into three: as SentencePiece spells it.
    func counted(_ text: String) -> String { text.replacing("<unk>", with: "\u{2047}") }
    let (truth, found) = (counted(reference), counted(hypothesis))
    bleu.add(reference: truth, hypothesis: found)
    chrF.add(reference: reference, hypothesis: hypothesis)
    if reference == hypothesis { exact += 1 }
    for (place, range) in Self.lengths.enumerated() where range.contains(max(1, words)) {
      byLength[place].add(reference: truth, hypothesis: found)
    }
  }

  package var evaluation: Evaluation {
    let loss = nats / Double(max(1, tokens))
    let segments = Double(max(1, bleu.segmentCount))
    let score = Score(
      loss: loss,
      figures: [
        .init("bleu", bleu.score, .points, .higherIsBetter),
        .init("chrf", chrF.score, .points, .higherIsBetter),
        .init("exact", Double(exact) / segments, .share, .higherIsBetter),
        .init("perplexity", exp(loss), .number, .lowerIsBetter),
      ], count: bleu.segmentCount,
      text: String(
        format: "%.4f nats  BLEU %.2f  chrF %.2f  exact %.2f %%", loss, bleu.score, chrF.score,
        100 * Double(exact) / segments))
    return Evaluation(
      score: score, report: report,
      details: [
        .init("bleu_scores", bleu.json), .init("chrf_signature", .string(chrF.signature)),
        .init("tokens", .integer(tokens)),
        .init(
          "by_source_words",
          .array(
            zip(Self.lengths, byLength).map { range, score in
              .object([
                .init("from", .integer(range.lowerBound)),
                .init("to", range.upperBound == .max ? .null : .integer(range.upperBound)),
                .init("count", .integer(score.segmentCount)), .init("bleu", .number(score.score)),
              ])
            })),
      ])
  }

  private var report: String {
    let rows = zip(Self.lengths, byLength).filter { $0.1.segmentCount > 0 }.map { range, score in
      let name =
        range.upperBound == .max
        ? "\(range.lowerBound) words or more" : "\(range.lowerBound) to \(range.upperBound) words"
      return "sources of \(name): "
        + String(format: "BLEU %.2f of %ld sentences", score.score, score.segmentCount)
    }
    return ([bleu.report, chrF.report] + rows).joined(separator: "\n")
  }
}
