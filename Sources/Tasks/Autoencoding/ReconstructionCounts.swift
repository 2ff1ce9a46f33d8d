import Compute
import Foundation
import Measures

/// How much of some texts came back.
struct ReconstructionCounts {
  private(set) var tokens = 0
  private(set) var right = 0
  private(set) var sequences = 0
  private(set) var exact = 0

  /// A token counts as right where the same one stands at the same place.
  mutating func add(_ truth: some Collection<Int32>, _ written: [Int32]) {
    addTokens(truth, written)
    addSequence(isExact: truth.elementsEqual(written))
  }

  mutating func addTokens(_ truth: some Collection<Int32>, _ written: [Int32]) {
    tokens += truth.count
    right += zip(truth, written).count { $0 == $1 }
  }

  mutating func addSequence(isExact: Bool) {
    sequences += 1
    if isExact { exact += 1 }
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
