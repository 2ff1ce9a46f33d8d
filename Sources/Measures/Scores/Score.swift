/// How well a model does on data it was not trained on.
public struct Score: Sendable, Equatable {
  /// Mean over predictions.
  public let loss: Double
  /// The task's own, such as perplexity or F1.
  public let figures: [Figure]
  /// The figure that picks the best weights: the loss, or one of `figures`.
  public let deciding: Figure
  /// How this score compares with others of its task.
  public let standing: Standing
  /// The loss and the others.
  public let all: [Figure]
  /// Predictions made.
  public let count: Int
  /// The figures for people: `1.4328 nats  2.0671 bpc`.
  public let text: String

  /// - Parameters:
  ///   - unit: of the loss.
  ///   - decidedBy: the key of the figure that picks the best weights.
  ///   - standing: where it is not the deciding figure alone: other figures decide between equals, or
  ///     checkpoints of version 0.1 keep the figure on another scale.
  public init(
    loss: Double, unit: Figure.Unit = .nats, figures: [Figure] = [], decidedBy key: String = "loss",
    standing: Standing? = nil, count: Int, text: String
  ) {
    let all = [Figure("loss", loss, unit, .lowerIsBetter)] + figures
    guard let deciding = all.first(where: { $0.key == key }) else {
      preconditionFailure("no figure is called '\(key)'")
    }
    self.loss = loss
    self.all = all
    self.figures = figures
    self.deciding = deciding
    self.standing = standing ?? Standing(deciding)
    self.count = count
    self.text = text
  }

  public subscript(key: String) -> Double? { figures.first { $0.key == key }?.value }

  /// Whether the deciding figure is the better one, in its direction.
  public func isBetter(than other: Score) -> Bool { standing.isBetter(than: other.standing) }
}
