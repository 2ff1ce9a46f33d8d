import Autodiff
import Compute
import Parallel

/// Vectors by id: `NAME.weight` `[ids, size]`.
final class LookUpTable<S: Real>: Sendable {
  let table: Parameter<S>
  private let index: TokenIndex

  init(
    _ name: String, count: Int, size: Int, scheme: InitializationScheme,
    in store: ParameterStore<S>
  ) {
    // Most rows of a small table are looked up in every minibatch: it is stepped as a whole.
    let isSmall = count <= LanguageModelConfiguration.projectedVocabulary
    table = store.add(
      "\(name).weight", shape: [count, size], role: isSmall ? .projection : .table,
      initializer: scheme.embedding(size: size, isTied: false))
    index = TokenIndex(idCount: count)
  }

  func record(
    _ ids: UnsafeBufferPointer<Int32>, plan: RowPlan, on tape: Tape<S>
  ) -> Variable<S> {
    tape.embedding(ids, table: table, index: index, plan: plan)
  }
}
