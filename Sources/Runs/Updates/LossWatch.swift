/// Tells when a loss has become too high: above so many times its lowest running mean.
///
/// A mean, since one easy minibatch says little; of about the last 16 updates. For a loss that can be
/// negative, what is multiplied is the distance from the lowest mean in units of its size.
package struct LossWatch: Codable, Equatable {
  private var mean: Double?
  private var lowest: Double?
  private static let share = 1.0 / 16

  package init() {}

  /// Takes the loss of an update that was learnt from into the mean.
  package mutating func observe(_ loss: Double) {
    let mean = (self.mean ?? loss) + Self.share * (loss - (self.mean ?? loss))
    self.mean = mean
    lowest = min(lowest ?? mean, mean)
  }

  /// The largest loss that is not too high; infinite before the first one, and for a factor of 0.
  package func limit(factor: Double) -> Double {
    guard factor > 0, let lowest else { return .infinity }
    return lowest + (factor - 1) * abs(lowest)
  }
}
