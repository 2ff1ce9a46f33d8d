/// Noise inside a recurrent layer, in training only. 0 is none, and costs nothing.
package struct RecurrentRegularization: Sendable, Equatable {
  /// Share of h(t-1) dropped on its way into the products, one mask a sequence for all its steps:
  /// the state itself is passed on whole. Gal & Ghahramani, "A Theoretically Grounded Application of
  /// Dropout in Recurrent Neural Networks" (2016).
  package var dropout: Double
  /// Share of units, of h and of c, that keep their last value in a step; in evaluation every unit
  /// moves by its expectation. Krueger et al., "Zoneout" (2017).
  package var zoneout: Double
  /// Share of the elements of `weight_hh` taken out for an update. See `DroppedParameter`.
  package var weightDrop: Double

  package init(dropout: Double = 0, zoneout: Double = 0, weightDrop: Double = 0) {
    self.dropout = dropout
    self.zoneout = zoneout
    self.weightDrop = weightDrop
  }
}
