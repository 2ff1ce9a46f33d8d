import Autodiff
import Compute

/// The state of a recurrent layer, one row a sequence.
public struct RecurrentState<S: Real>: Sendable {
  /// `[rows, hidden]`.
  public let h: Variable<S>
  /// `[rows, hidden]` for cells that carry a second state.
  public let c: Variable<S>?

  public init(h: Variable<S>, c: Variable<S>? = nil) {
    self.h = h
    self.c = c
  }
}

extension Tape {
  /// Records a recurrent layer over whole sequences.
  ///
  /// - Parameter initial: nil is a state of zeros.
  /// - Returns: h for every token, and the state after the last step of every row.
  public func recurrence(
    _ x: Variable<S>, _ layer: RecurrentLayer<S>, initial: RecurrentState<S>? = nil
  ) -> (output: Variable<S>, final: RecurrentState<S>) {
    let operation = Recurrence(layer, x, initial: initial, on: self)
    record(operation)
    return (operation.output, RecurrentState(h: operation.finalH, c: operation.finalC))
  }
}
