import Compute

/// Weights of pairs of a context and an output, in one table by hash: what the contexts of a row add to its
/// outputs.
///
///     s_o += Σ_c W[place of o after c]
///
/// Pairs that meet in a place share its weight. An operation that adds them owes W the gradients of its outputs,
/// by `index`.
///
/// Source: Mikolov et al., "Strategies for Training Large Scale Neural Network Language Models" (2011), section 6.
package struct HashedFeatures<S: MatrixElement>: Sendable {
  /// W, of single weights.
  let table: Parameter<S>
  let places: HashedPlaces
  /// In training: for each weight the outputs that it was added to.
  let index: FeatureIndex

  package init(table: Parameter<S>, places: HashedPlaces, index: FeatureIndex) {
    precondition(table.role == .features, "\(table.name) is stepped by rows")
    self.table = table
    self.places = places
    self.index = index
  }

  /// What is added to an output.
  ///
  /// - Parameter weights: W.
  @inline(__always)
  func sum(of weights: UnsafePointer<S>, row: Int, output: Int) -> S {
    var sum: S = 0
    places.forEachPlace(row: row, output: output) { sum += weights[$0] }
    return sum
  }
}
