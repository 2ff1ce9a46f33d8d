import Foundation

/// A number that says how well a model does, such as F1, with what it counts and which way is better.
public struct Figure: Sendable, Equatable {
  public enum Direction: Sendable {
    case higherIsBetter, lowerIsBetter
  }

  public enum Unit: Sendable {
    /// 0 ... 1, but for error rates, which may exceed 1; percent for people.
    case share
    /// Nats and bits a prediction, or what the figure's name says.
    case nats, bits
    /// 0 ... 100 by custom, such as BLEU.
    case points
    case count
    /// Without a unit, or with that of the data squared: perplexities, squared errors, R².
    case number

    /// `value` for people. JSON holds it as it is.
    public func text(_ value: Double) -> String {
      switch self {
      case .share: String(format: "%.2f %%", 100 * value)
      case .nats: String(format: "%.4f nats", value)
      case .bits: String(format: "%.4f bits", value)
      case .points: String(format: "%.2f", value)
      case .count: String(format: "%.0f", value)
      case .number: String(format: "%.4f", value)
      }
    }
  }

  /// As in `metrics.jsonl` and in what `unroll eval --json` prints.
  public let key: String
  public let value: Double
  public let unit: Unit
  /// Nil for what says how much was measured, not how well.
  public let direction: Direction?

  public init(_ key: String, _ value: Double, _ unit: Unit, _ direction: Direction?) {
    self.key = key
    self.value = value
    self.unit = unit
    self.direction = direction
  }

  /// Which way is better of a figure that is known by its key alone, as in `metrics.jsonl`; nil where
  /// the key does not tell.
  package static func direction(of key: String) -> Direction? {
    let lower = [
      "loss", "ppl", "perplexity", "bits", "bit_errors", "nll_per_step", "mse", "rmse", "mae",
      "mase", "wer", "cer",
    ]
    let higher = [
      "accuracy", "intent_accuracy", "precision", "recall", "f1", "micro_f1", "macro_f1", "exact",
      "exact_match", "tokens_reconstructed", "flawless", "bleu", "chrf", "r2",
    ]
    if lower.contains(key) || key.hasPrefix("bits_per_") { return .lowerIsBetter }
    return higher.contains(key) ? .higherIsBetter : nil
  }

  /// Keys of what is 0 … 1, or an error rate: percent for people.
  package static let shares = [
    "accuracy", "intent_accuracy", "precision", "recall", "f1", "micro_f1", "macro_f1", "exact",
    "exact_match", "tokens_reconstructed", "flawless", "wer", "cer", "coverage",
  ]

  /// The value for people.
  public var text: String { unit.text(value) }
}
