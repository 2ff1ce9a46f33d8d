import Compute

/// Training no longer gets anywhere.
struct Divergence: Error {
  /// Updates done.
  let update: Int
  /// The last state that nothing is known against: updates done by then.
  let soundUpdate: Int
  /// In a few words.
  let reason: String

  static func weights(at update: Int) -> Divergence {
    Divergence(
      update: update, soundUpdate: update - 1, reason: "the weights are no longer finite")
  }
}
