import Autodiff
import Compute
import Networks

/// Vectors by id, `NAME.weight` `[ids, size]`, as `torch.nn.Embedding`.
///
/// A table is looked up once a minibatch.
public struct Embedding<S: MatrixElement>: Sendable {
  private let table: Parameter<S>

  public init(_ name: String, count: Int, size: Int, in store: ParameterStore<S>) {
    // Most rows of a small table are looked up in every minibatch: it is stepped as a whole.
    let isSmall = count <= SmallVocabulary.limit
    table = store.add(
      "\(name).weight", shape: [count, size], role: isSmall ? .vocabulary : .table,
      initializer: .normal(1))
  }

  /// Columns of what is looked up.
  public var size: Int { table.columns }

  /// The vector of every token of `batch`, `[tokens, size]`.
  public func callAsFunction(_ batch: TokenBatch, on tape: Tape<S>) -> Variable<S> {
    self(batch.inputs, plan: tape.plan(batch.layout), on: tape)
  }

  /// The vector of every id, one a token.
  public func callAsFunction(_ ids: [Int32], plan: RowPlan, on tape: Tape<S>) -> Variable<S> {
    if let id = ids.first(where: { $0 < 0 || $0 >= table.rows }) {
      preconditionFailure("the id \(id), expected one below \(table.rows)")
    }
    let index = TokenIndex(idCount: table.rows)
    return tape.embedding(tape.keep(ids, with: index), table: table, index: index, plan: plan)
  }
}
