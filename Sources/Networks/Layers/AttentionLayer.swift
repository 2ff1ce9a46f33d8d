import Autodiff
import Compute

/// How much a query and a key have to do with each other.
public enum AttentionScore: String, Sendable, CaseIterable, Codable {
  /// `v · tanh(W q + U k + b)`: Bahdanau, Cho & Bengio (2015).
  case additive
  /// `q · k`: Luong, Pham & Manning (2015).
  case dot
  /// `q · (W k)`, equally `(Wᵀ q) · k`: Luong, Pham & Manning (2015).
  case general
  /// `q · k / √size`: Vaswani et al. (2017).
  case scaledDot = "scaled-dot"
}

/// Attention of queries over the tokens of a memory, such as the states of an encoder.
///
/// Parameters, none for dot products:
/// - additive: `NAME.query.weight` `[units, query]`, `NAME.query.bias` `[units]`, `NAME.key.weight`
///   `[units, key]`, `NAME.vector` `[units]`
/// - general: `NAME.key.weight` `[query, key]`
package final class AttentionLayer<S: MatrixElement>: Sendable {
  package let score: AttentionScore
  let query: LinearLayer<S>?
  let key: PackedParameter<S>?
  let vector: Parameter<S>?

  /// - Parameters:
  ///   - querySize, keySize: widths; equal for dot products.
  ///   - unitCount: of the additive score.
  package init(
    _ name: String, score: AttentionScore, querySize: Int, keySize: Int, unitCount: Int,
    scheme: InitializationScheme, precision: Precision, in store: ParameterStore<S>
  ) {
    self.score = score
    func keyWeight(_ units: Int) -> PackedParameter<S> {
      let weight = store.add(
        "\(name).key.weight", shape: [units, keySize], role: .matrix,
        initializer: scheme.linear(inputSize: keySize).weight)
      return PackedParameter(weight, precision: precision, in: store)
    }
    switch score {
    case .additive:
      query = LinearLayer(
        "\(name).query", inputSize: querySize, outputSize: unitCount, scheme: scheme,
        precision: precision, in: store)
      key = keyWeight(unitCount)
      vector = store.add(
        "\(name).vector", shape: [unitCount], role: .bias,
        initializer: scheme.vector(unitCount: unitCount))
    case .general:
      (query, key, vector) = (nil, keyWeight(querySize), nil)
    case .dot, .scaledDot:
      precondition(querySize == keySize, "a dot product of \(querySize) and \(keySize)")
      (query, key, vector) = (nil, nil, nil)
    }
  }
}

/// What queries attend to: made once a minibatch, for however many steps look at it.
package struct AttentionMemory<S: MatrixElement>: Sendable {
  /// `[tokens, size]`, as the score wants them.
  package let keys: Variable<S>
  /// `[tokens, size]`.
  package let values: Variable<S>
}

extension Tape {
  /// Records the keys of a memory.
  package func attentionMemory(_ values: Variable<S>, _ layer: AttentionLayer<S>)
    -> AttentionMemory<S>
  {
    AttentionMemory(keys: layer.key.map { linear(values, weight: $0) } ?? values, values: values)
  }

  /// Records attention over a memory.
  ///
  /// - Parameters:
  ///   - queries: one a token or one a sequence.
  ///   - sources: for each row of the queries' plan the row of the memory it looks at; nil: the same
  ///     number. It must stay until the region has run.
  ///   - coverage: weight of the penalty for looking at a token again.
  /// - Returns: a mean of the memory's values for each query, and the weights
  ///   `[queries, longest source]`, to be read after the region.
  package func attention(
    _ queries: Variable<S>, over memory: AttentionMemory<S>, _ layer: AttentionLayer<S>,
    sources: UnsafeBufferPointer<Int32>? = nil, coverage: Double = 0
  ) -> (context: Variable<S>, weights: Matrix<S>) {
    let queries = layer.query.map { linear(queries, $0) } ?? queries
    if let vector = layer.vector {
      return additiveAttention(
        queries, keys: memory.keys, values: memory.values, vector: vector, sources: sources,
        coverage: coverage)
    }
    let size = Double(queries.columns)
    return dotAttention(
      queries, keys: memory.keys, values: memory.values,
      factor: layer.score == .scaledDot ? 1 / size.squareRoot() : 1, sources: sources,
      coverage: coverage)
  }

  /// Records attention pooling: the mean over the tokens of each row, weighted by
  /// `softmax(v · tanh(W x + b))`.
  package func attentionPooled(_ x: Variable<S>, _ layer: AttentionPoolingLayer<S>)
    -> (mean: Variable<S>, weights: Matrix<S>)
  {
    attentionPooled(x, by: linear(x, layer.linear), vector: layer.vector)
  }
}

/// Parameters of attention pooling: `NAME.linear.weight` `[units, in]`, `NAME.linear.bias` `[units]`,
/// `NAME.vector` `[units]`. Yang et al. (2016).
package final class AttentionPoolingLayer<S: MatrixElement>: Sendable {
  let linear: LinearLayer<S>
  let vector: Parameter<S>

  package init(
    _ name: String, inputSize: Int, unitCount: Int, scheme: InitializationScheme,
    precision: Precision, in store: ParameterStore<S>
  ) {
    linear = LinearLayer(
      "\(name).linear", inputSize: inputSize, outputSize: unitCount, scheme: scheme,
      precision: precision, in: store)
    vector = store.add(
      "\(name).vector", shape: [unitCount], role: .bias,
      initializer: scheme.vector(unitCount: unitCount))
  }
}
