import Compute
import Parallel

/// `Y = X ⊙ mask / (1 - p)`, each element kept with probability 1 - p. Srivastava et al. 2014.
///
/// The mask is never stored: it is drawn again, at (seed, layer, update, token, column), in the
/// backward pass.
public struct Dropout<S: Real>: Operation {
  let x: Consumer<S>
  let y: Variable<S>
  let probability: Double
  let random: RandomStream

  public func forward(_ lane: Lane<S>) {
    for range in y.ranges(of: lane.worker) {
      for token in range {
        Compute.dropout(
          x.value.row(token), into: y.value.row(token), count: y.value.paddedColumns,
          stream: random, row: token, probability: probability)
      }
    }
  }

  public func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    for range in y.ranges(of: lane.worker) {
      for token in range {
        let source = dy.row(token)
        let isAdding = x.isAdding
        // Masked in place: nobody reads this gradient again.
        Compute.dropout(
          source, into: isAdding ? source : dx.row(token), count: dy.paddedColumns,
          stream: random, row: token, probability: probability)
        if isAdding { addRow(source, to: dx.row(token), count: dy.paddedColumns) }
      }
    }
  }
}

extension Tape {
  /// Records dropout in training; the identity otherwise.
  ///
  /// - Parameter layer: tells the places of one model apart, so that they draw different masks.
  public func dropout(_ x: Variable<S>, probability: Double, layer: Int) -> Variable<S> {
    guard isTraining, probability > 0 else { return x }
    let y = variable(columns: x.columns, plan: x.plan, extent: x.extent)
    record(
      Dropout(
        x: x.consumed(), y: y, probability: probability,
        random: RandomStream(seed: seed, purpose: .dropout(layer: layer), update: update)))
    return y
  }
}
