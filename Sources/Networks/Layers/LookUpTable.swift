import Autodiff
import Compute
import Parallel

/// Vectors by id: `NAME.weight` `[ids, size]`.
final class LookUpTable<S: MatrixElement>: Sendable {
  let table: Parameter<S>
  /// Vectors of ids that no row of the table has, for reading alone.
  private let further: (any FurtherRows)?
  /// Whether training leaves the table as it is.
  private let isFrozen: Bool
  private let index: TokenIndex

  /// - Parameters:
  ///   - isTied: whether the table is something else too, such as an output layer, whose gradient is a product
  ///     over all tokens.
  ///   - isSteppedByRows: whether that owes its gradient by rows.
  ///   - isSmall: whether most rows are looked up in every minibatch, so that it is stepped as a whole; nil: if it
  ///     has a `SmallVocabulary`.
  init(
    _ name: String, count: Int, size: Int, isTied: Bool = false, isSteppedByRows: Bool = false,
    isSmall: Bool? = nil, further: (any FurtherRows)? = nil, isFrozen: Bool = false,
    scheme: InitializationScheme,
    in store: ParameterStore<S>
  ) {
    self.further = further
    self.isFrozen = isFrozen
    let isSmall = isSmall ?? (count <= SmallVocabulary.limit)
    table = store.add(
      "\(name).weight", shape: [count, size],
      role: isTied
        ? isSteppedByRows ? .table : .matrix : isSmall && !isFrozen ? .vocabulary : .table,
      initializer: scheme.embedding(size: size, isTied: isTied))
    index = TokenIndex(idCount: count)
  }

  /// A second look-up in the table of `other`, which is tied.
  init(sharing other: LookUpTable) {
    precondition(other.table.role == .matrix, "a table is looked up once a minibatch")
    table = other.table
    further = other.further
    isFrozen = other.isFrozen
    index = TokenIndex(idCount: table.rows)
  }

  /// A look-up in a matrix that is something else too.
  init(in matrix: Parameter<S>) {
    precondition(matrix.role == .matrix, "\(matrix.name) is stepped by rows")
    table = matrix
    further = nil
    isFrozen = false
    index = TokenIndex(idCount: matrix.rows)
  }

  func record(
    _ ids: UnsafeBufferPointer<Int32>, plan: RowPlan, dropout: Double = 0, on tape: Tape<S>
  ) -> Variable<S> {
    tape.embedding(
      ids, table: table, further: further, isFrozen: isFrozen, index: index, plan: plan,
      dropout: dropout)
  }

  func record(_ bags: TokenBags, plan: RowPlan, on tape: Tape<S>) -> Variable<S> {
    tape.embeddingBag(bags, table: table, index: index, plan: plan)
  }
}
