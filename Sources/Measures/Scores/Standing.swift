/// Where a score stands beside others of the same task: what picks the best weights, ends a training
/// that no longer improves, and is remembered by checkpoints.
///
/// One number, smaller is better; a figure of which more is better is negated. It is stored as that
/// number, so what a run remembers does not depend on the figure's name.
public struct Standing: Sendable, Equatable, Codable {
  public let number: Double

  public init(number: Double) { self.number = number }

  /// - Parameter figure: one with a direction.
  public init(_ figure: Figure) {
    guard let direction = figure.direction else {
      preconditionFailure("'\(figure.key)' does not say how good a model is")
    }
    number = direction == .higherIsBetter ? -figure.value : figure.value
  }

  public init(from decoder: any Decoder) throws {
    number = try decoder.singleValueContainer().decode(Double.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }

  /// Better than `best` by more than the share `threshold` of its size; what is no number never is,
  /// and all else is better than nothing.
  ///
  /// The rule of torch.optim's ReduceLROnPlateau with `threshold_mode='rel'`, for both of its modes:
  /// of a negated figure, too, a share of its size has to be gained.
  public func isBetter(than best: Standing?, byShare threshold: Double = 0) -> Bool {
    guard let best = best?.number else { return number < .infinity }
    return number < best * (best < 0 ? 1 + threshold : 1 - threshold)
  }
}
