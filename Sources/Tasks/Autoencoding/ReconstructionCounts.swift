import Compute
import Foundation
import Measures

/// How much of some texts came back.
struct ReconstructionCounts {
  private var tokens = 0
  private var right = 0
  private var sequences = 0
  private var exact = 0

  /// A token counts as right where the same one stands at the same place of the same sentence.
  mutating func add(_ truth: [some Collection<Int32>], _ written: [[Int32]]) {
    for (index, sentence) in truth.enumerated() {
      tokens += sentence.count
      right += zip(sentence, index < written.count ? written[index] : []).count { $0 == $1 }
    }
    sequences += 1
    if truth.count == written.count, zip(truth, written).allSatisfy({ $0.elementsEqual($1) }) {
      exact += 1
    }
  }

  /// With the nats of the teacher-forced network, which do not choose the best weights.
  func score(nats: Double, predictions: Int, of what: String) -> Score {
    let loss = nats / Double(max(1, predictions))
    let rightPercent = 100 * Double(right) / Double(max(1, tokens))
    let exactPercent = 100 * Double(exact) / Double(max(1, sequences))
    return Score(
      loss: loss,
      figures: [
        .init(
          "tokens_reconstructed", Double(right) / Double(max(1, tokens)), .share, .higherIsBetter),
        .init("exact", Double(exact) / Double(max(1, sequences)), .share, .higherIsBetter),
        .init("ppl", Scalar.exp(loss), .number, .lowerIsBetter),
      ],
      decidedBy: "tokens_reconstructed",
      // Of equals the smaller loss.
      standing: Standing(number: 1 - rightPercent / 100 + 1e-6 * loss), count: tokens,
      text: String(
        format: "%.4f nats  tokens reconstructed %.2f %%  whole %@ %.2f %%", loss, rightPercent,
        what, exactPercent))
  }
}
