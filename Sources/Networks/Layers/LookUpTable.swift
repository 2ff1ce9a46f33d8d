import Autodiff
import Compute
import Parallel

/// Vectors by id: `NAME.weight` `[ids, size]`.
final class LookUpTable<S: MatrixElement>: Sendable {
  let table: Parameter<S>
  private let index: TokenIndex

  /// - Parameter isTied: whether the table is something else too, such as an output layer.
  init(
    _ name: String, count: Int, size: Int, isTied: Bool = false, scheme: InitializationScheme,
    in store: ParameterStore<S>
  ) {
    // Most rows of a small table are looked up in every minibatch: it is stepped as a whole.
    let isSmall = count <= SmallVocabulary.limit
    table = store.add(
      "\(name).weight", shape: [count, size],
      role: isTied ? .matrix : isSmall ? .vocabulary : .table,
      initializer: scheme.embedding(size: size, isTied: isTied))
    index = TokenIndex(idCount: count)
  }

  /// A second look-up in the table of `other`, which is tied.
  init(sharing other: LookUpTable) {
    precondition(other.table.role == .matrix, "a table is looked up once a minibatch")
    table = other.table
    index = TokenIndex(idCount: table.rows)
  }

  func record(
    _ ids: UnsafeBufferPointer<Int32>, plan: RowPlan, on tape: Tape<S>
  ) -> Variable<S> {
    tape.embedding(ids, table: table, index: index, plan: plan)
  }
}
