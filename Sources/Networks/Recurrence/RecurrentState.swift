import Autodiff
import Compute
import Parallel

/// The state of a recurrent layer, one row a sequence.
public struct RecurrentState<S: MatrixElement>: Sendable {
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
  package func recurrence(
    _ x: Variable<S>, _ layer: RecurrentLayer<S>, initial: RecurrentState<S>? = nil
  ) -> (output: Variable<S>, final: RecurrentState<S>) {
    precondition(
      x.columns == layer.inputSize, "\(x.columns) inputs, the layer takes \(layer.inputSize)")
    return recurrence(.variable(x.consumed()), x.plan, layer, initial)
  }

  /// Records a recurrent layer that reads tokens through a multiplied table.
  ///
  /// - Parameters:
  ///   - ids: one a token, in token order; they must stay until the region has run.
  ///   - index: filled for the backward pass.
  package func recurrence(
    _ ids: UnsafeBufferPointer<Int32>, through table: MultipliedTable<S>, index: TokenIndex,
    plan: RowPlan, initial: RecurrentState<S>? = nil
  ) -> (output: Variable<S>, final: RecurrentState<S>) {
    precondition(ids.count == plan.layout.tokenCount && !ids.isEmpty)
    guard let base = ids.baseAddress else { preconditionFailure("no tokens") }
    if isTraining { index.fill(ids, of: plan.leafTokens) }
    return recurrence(.tokens(base, index, table), plan, table.layer, initial)
  }

  // The team waits meanwhile: see `Recurrence.oweGradients`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private func recurrence(
    _ input: RecurrenceInput<S>, _ plan: RowPlan, _ layer: RecurrentLayer<S>,
    _ initial: RecurrentState<S>?
  ) -> (output: Variable<S>, final: RecurrentState<S>) {
    let operation = Recurrence(
      layer, input, plan: plan, initial: initial, weights: layer.recurrentWeights(on: self),
      on: self)
    operation.oweGradients(on: self)
    record(operation)
    return (operation.output, RecurrentState(h: operation.finalH, c: operation.finalC))
  }
}
