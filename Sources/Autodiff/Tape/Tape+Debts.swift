import Compute

// What an operation of one's own owes to parameters. Debts are noted while recording and paid after the
// backward pass, over all rows in the minibatch's order, so that threads do not change a bit.

extension Tape {
  /// Notes that `dW += dYᵀ · X`, for `Y = X · Wᵀ`.
  ///
  /// - Parameters:
  ///   - dy: `[rows, rows of W]`, which the backward pass will have written.
  ///   - x: `[rows, columns of W]`.
  ///   - variable: whose rows both have, so that leaves can be told apart where several are recorded together.
  public func oweProduct(
    of dy: Matrix<S>, and x: Matrix<S>, to weight: Parameter<S>, by variable: Variable<S>? = nil
  ) {
    owe(
      .product(dy: RowSource(dy), x: RowSource(x)), to: weight, rows: variable?.leafRows)
  }

  /// Notes that `db += Σ dY`, for a vector that was added to, or scaled, every row.
  ///
  /// - Parameters:
  ///   - dy: `[rows, numbers of b]`, which the backward pass will have written.
  ///   - variable: whose rows it has: see `oweProduct`.
  public func oweSum(
    of dy: Matrix<S>, to vector: Parameter<S>, by variable: Variable<S>? = nil
  ) {
    owe(.sum(dy: RowSource(dy)), to: vector, rows: variable?.leafRows)
  }

  /// Memory `[rows, columns]` for what an operation keeps from its forward to its backward pass, until the
  /// next minibatch begins. Padding columns must be written with something finite.
  public func matrix(rows: Int, columns: Int) -> Matrix<S> {
    arena.matrix(rows: rows, columns: columns)
  }
}
