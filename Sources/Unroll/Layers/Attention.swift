import Autodiff
import Compute
import Networks

/// Attention of queries over the tokens of a memory of the same sequences, such as an encoder's states.
///
/// Parameters, none for dot products:
/// - additive: `NAME.query.weight` `[units, query]`, `NAME.query.bias` `[units]`, `NAME.key.weight`
///   `[units, memory]`, `NAME.vector` `[units]`
/// - general: `NAME.key.weight` `[query, memory]`
public struct Attention<S: MatrixElement>: Sendable {
  private let layer: AttentionLayer<S>

  /// `query` and `memory` are columns, equal for dot products. `units` are those of the additive score;
  /// nil: as many as a query has columns.
  public init(
    _ name: String, query: Int, memory: Int, units: Int? = nil, score: AttentionScore = .additive,
    precision: Precision = .f32, in store: ParameterStore<S>
  ) {
    layer = AttentionLayer(
      name, score: score, querySize: query, keySize: memory, unitCount: units ?? query,
      scheme: .pytorch, precision: precision, in: store)
  }

  /// For each query, a mean of the memory's tokens of its sequence.
  ///
  /// - Returns: `[queries, memory]`, and the weights `[queries, longest sequence]`, to be read after the
  ///   forward pass.
  public func callAsFunction(
    _ queries: Variable<S>, over memory: Variable<S>, on tape: Tape<S>
  ) -> (context: Variable<S>, weights: Matrix<S>) {
    tape.attention(queries, over: tape.attentionMemory(memory, layer), layer)
  }
}
