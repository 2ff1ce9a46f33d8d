import Foundation
import TestSupport
import Testing
import Unroll

/// Attention between rows of two plans, which belong to different workers.
@Suite struct AttentionTests {
  private static let target = SequenceLayout(lengths: [4, 3, 1, 1])
  private static let source = SequenceLayout(lengths: [6, 5, 2])
  /// Two targets look at one source, and nobody at another.
  private static let sources: [Int32] = [2, 0, 2, 2]

  @Test(arguments: AttentionScore.allCases, [Variable<Double>.Extent.tokens, .sequences])
  func gradient(score: AttentionScore, extent: Variable<Double>.Extent) throws {
    let check = OperationCheck<Double>(Self.target, Self.source)
    let isDot = score == .dot || score == .scaledDot
    let queries = check.leaf(columns: isDot ? 5 : 3, extent: extent)
    let memory = check.leaf(columns: 5, layout: 1)
    let rows = check.integers(Self.sources)
    let layer = AttentionLayer(
      "attention", score: score, querySize: isDot ? 5 : 3, keySize: 5, unitCount: 4,
      scheme: .uniform(1), precision: .f32, in: check.parameters)
    try check.run {
      let keys = $0.tape.attentionMemory($0[memory], layer)
      $0.probe($0.tape.attention($0[queries], over: keys, layer, sources: rows).context)
    }
  }

  /// Keys and values of their own, and a query that looks twice.
  @Test func keysAndValuesApart() throws {
    let check = OperationCheck<Double>(Self.target, Self.source)
    let queries = check.leaf(columns: 3)
    let keys = check.leaf(columns: 3, layout: 1)
    let values = check.leaf(columns: 17, layout: 1)
    let vector = check.parameter("vector", 3)
    let rows = check.integers(Self.sources)
    try check.run {
      let first = $0.tape.dotAttention(
        $0[queries], keys: $0[keys], values: $0[values], factor: 0.7, sources: rows)
      let second = $0.tape.additiveAttention(
        $0[queries], keys: $0[keys], values: $0[values], vector: vector, sources: rows)
      $0.probe(first.context)
      $0.probe(second.context)
    }
  }

  /// Queries, keys and values are one variable.
  @Test func ofASequenceToItself() throws {
    let check = OperationCheck<Double>(Self.source)
    let x = check.leaf(columns: 3)
    try check.run {
      $0.probe($0.tape.dotAttention($0[x], keys: $0[x], values: $0[x]).context)
    }
  }

  /// The penalty for looking twice, beside a context that is read too.
  @Test func coverage() throws {
    let check = OperationCheck<Double>(Self.target, Self.source)
    let queries = check.leaf(columns: 3)
    let memory = check.leaf(columns: 3, layout: 1)
    let rows = check.integers(Self.sources)
    try check.run {
      $0.probe(
        $0.tape.dotAttention(
          $0[queries], keys: $0[memory], values: $0[memory], factor: 2, sources: rows,
          coverage: 0.7
        ).context)
    }
  }

  /// Σ min(w, c), with c the sum of the weights before.
  @Test func coverageIsWhatEarlierQueriesHaveLookedAt() throws {
    let check = OperationCheck<Double>(Self.target, Self.source)
    let queries = check.leaf(columns: 3)
    let memory = check.leaf(columns: 3, layout: 1)
    let rows = check.integers(Self.sources)
    var weights: Matrix<Double>?
    let with = check.evaluate(training: false) {
      let result = $0.tape.dotAttention(
        $0[queries], keys: $0[memory], values: $0[memory], factor: 2, sources: rows, coverage: 0.7)
      weights = result.weights
      $0.probe(result.context)
    }
    let without = check.evaluate(training: false) {
      $0.probe(
        $0.tape.dotAttention(
          $0[queries], keys: $0[memory], values: $0[memory], factor: 2, sources: rows
        ).context)
    }
    let seen = try #require(weights)
    var penalty = 0.0
    for row in 0..<Self.target.rowCount {
      var sums = [Double](repeating: 0, count: Self.source.stepCount)
      for step in 0..<Self.target.lengths[row] {
        let query = Self.target.offsets[step] + row
        for place in sums.indices {
          penalty += min(seen[query, place], sums[place])
          sums[place] += seen[query, place]
        }
      }
    }
    #expect(penalty > 1)
    #expect(abs(with.loss - without.loss - 0.7 * penalty) < 1e-12)
  }

  /// Weights and means as they are defined, for the additive score; in Float too.
  @Test func values() throws {
    try checkValues(Double.self, tolerance: 1e-15)
    try checkValues(Float.self, tolerance: 3e-7)
  }

  private func checkValues<S: MatrixElement>(_: S.Type, tolerance: Double) throws {
    let check = OperationCheck<S>(Self.target, Self.source)
    let size = 19
    let queries = check.leaf(columns: size)
    let keys = check.leaf(columns: size, layout: 1)
    let vector = check.parameter("vector", size)
    let rows = check.integers(Self.sources)
    var weights: Matrix<S>?
    let context = check.evaluate(training: false) {
      let result = $0.tape.additiveAttention(
        $0[queries], keys: $0[keys], values: $0[keys], vector: vector, sources: rows)
      weights = result.weights
      $0.probe(result.context)
    }.probed[0]
    let (q, k) = (check[queries].map { Double($0) }, check[keys].map { Double($0) })
    let v = vector.values.map { Double($0) }
    var worst = 0.0
    for row in 0..<Self.target.rowCount {
      let source = Int(Self.sources[row])
      let tokens = (0..<Self.source.lengths[source]).map { Self.source.offsets[$0] + source }
      for step in 0..<Self.target.lengths[row] {
        let query = Self.target.offsets[step] + row
        let powers = tokens.map { token in
          exp(
            (0..<size).reduce(0.0) {
              $0 + v[$1] * tanh(q[query * size + $1] + k[token * size + $1])
            })
        }
        let total = powers.reduce(0, +)
        var mean = [Double](repeating: 0, count: size)
        for step in 0..<Self.source.stepCount {
          let weight = step < tokens.count ? powers[step] / total : 0
          worst = max(worst, abs(Double(try #require(weights)[query, step]) - weight))
          guard step < tokens.count else { continue }
          for column in 0..<size { mean[column] += weight * k[tokens[step] * size + column] }
        }
        for column in 0..<size {
          worst = max(worst, abs(Double(context[query * size + column]) - mean[column]))
        }
      }
    }
    #expect(worst <= tolerance)
  }

  @Test func poolingLayer() throws {
    let check = OperationCheck<Double>(Self.source)
    let x = check.leaf(columns: 3)
    let layer = AttentionPoolingLayer(
      "pooling", inputSize: 3, unitCount: 5, scheme: .uniform(1), precision: .f32,
      in: check.parameters)
    try check.run { $0.probe($0.tape.attentionPooled($0[x], layer).mean) }
  }
}
