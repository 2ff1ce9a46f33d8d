/// How a trained model goes on learning from the text that it is measured on, and what it remembers of it
/// word by word: `--dynamic`, `--cache`.
package struct Adaptation: Sendable, Equatable {
  /// Learning rate of dynamic evaluation; nil: the weights stay.
  package var rate: Double?
  /// Tokens that are predicted between two steps.
  package var steps = 5
  /// How far each step also goes back to the trained weights, 0…1.
  package var decay = 0.0
  /// Tokens that a cache remembers; 0: there is none.
  package var cache = 0
  /// How much more a state counts that is more like the present one.
  package var theta = 0.3
  /// Weight of the cache's probabilities, 0…1.
  package var lambda = 0.1

  package init() {}
}

/// Learns from the text that it is measured on.
package protocol Adapting: TrainingTask {
  /// From now on it does, as told. Throws a usage `UserError` where texts are read in another way.
  func adapt(_ adaptation: Adaptation) throws
}
