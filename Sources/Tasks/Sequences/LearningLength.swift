import Runs

/// Minibatch and epochs by the number of examples: few are learnt from often and in small minibatches, many
/// in few epochs.
struct LearningLength {
  let batch: Int
  let epochs: Int

  /// - Parameters:
  ///   - examples: that are read, those to validate on included.
  ///   - train: a minibatch that was asked for stays.
  ///   - batches: smallest and largest minibatch, powers of two; between them it is a sixteenth of the
  ///     examples.
  ///   - updates: that are aimed at.
  ///   - bounds: fewest and most epochs.
  init(
    examples: Int, _ train: TrainingSettings, batches: ClosedRange<Int>, updates: Int,
    epochs bounds: ClosedRange<Int>
  ) {
    var batch = batches.lowerBound
    while batch < batches.upperBound, 32 * batch <= examples { batch *= 2 }
    if train.$batch.isGiven { batch = train.batch }
    self.batch = batch
    let updatesPerEpoch = max(1, examples / (batch * train.accumulate))
    epochs = min(max(updates / updatesPerEpoch, bounds.lowerBound), bounds.upperBound)
  }
}

extension StackSettings {
  /// Whether dropout, noise and small first weights are to be advised: they go with the width and the length
  /// that the rules choose. A narrow network, or one that learns for an epoch or two, is not to be held back.
  func isHeldBack(_ train: TrainingSettings) -> Bool {
    !$hidden.isGiven && !train.$epochs.isGiven && !train.$updates.isGiven
  }
}

extension Advice {
  /// Adds values that hold a network back, see `StackSettings.isHeldBack`.
  mutating func holdBack(
    _ stack: StackSettings, _ train: TrainingSettings,
    _ values: KeyValuePairs<String, OptionValue>
  ) {
    guard stack.isHeldBack(train) else { return }
    add(because: "so wide a network learns the examples by heart unless it is held back", values)
  }
}
