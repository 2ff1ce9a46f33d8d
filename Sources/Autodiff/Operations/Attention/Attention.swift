import Compute
import Parallel

/// A weighted mean of one sequence's tokens for every query of another:
///
///     s(q, t) = factor · q · k(t)            dot     (Luong, Pham & Manning 2015)
///     s(q, t) = v · tanh(q + k(t))           additive (Bahdanau, Cho & Bengio 2015)
///     w(q, ·) = softmax of s(q, ·) over the tokens of the row,   c(q) = Σ_t w(q, t) x(t)
///
/// - q `[queries, size]`, the tokens or sequences of one plan; k `[tokens, size]` and x
///   `[tokens, values]`, the tokens of another or the same; c `[queries, values]`
/// - `sources` says which row of the other plan the queries of a row look at; a row may be looked at
///   by several, or by none
/// - no padding is seen: a row's softmax runs over its own length
/// - backward: `ds = w ⊙ (dc · x - w · (dc · x))`, then `dq`, `dk` from the score and
///   `dx(t) = Σ_q w(q, t) dc(q)`; owes `dv = Σ ds tanh(q + k)`. tanh is formed anew, not kept.
///
/// The rows of two plans may belong to different workers, so there is a barrier in each direction:
/// queries are worked on by the owners of their rows, keys and values by the owners of theirs, who
/// add up what the queries owe in the order of rows and steps.
///
/// Cost: a query and token 2 (size + values) operations forward, twice that backward; additive
/// three tanh a unit in all.
struct Attention<S: MatrixElement>: TapeOperation {
  enum Score {
    case dot(factor: Double)
    case additive(vector: Parameter<S>)
  }

  let score: Score
  let queries: Consumer<S>
  let keys: Consumer<S>
  let values: Consumer<S>
  let context: Variable<S>
  /// One a row of the queries' plan; nil: row for row.
  let sources: UnsafePointer<Int32>?
  /// `[queries, longest source]`, zero from a source's length on.
  let weights: Matrix<S>
  /// As `weights`: ds.
  let dScores: Matrix<S>?
  /// `[queries, size]`, additive: what each query adds to dv.
  let dVector: Matrix<S>?
  /// `[workers, size]`: tanh(q + k) of the pair at hand.
  let activations: Matrix<S>
  let coverage: AttentionCoverage<S>?

  private var isSharingRows: Bool { context.plan === keys.variable.plan && sources == nil }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    if !isSharingRows { lane.worker.barrier() }
    let scratch = activations.row(lane.worker.index)
    forEachQuery(context.plan.shard(of: lane.worker).rows) { query, source in
      let weight = weights.row(query)
      let count = sourceLayout.lengths[source]
      for step in 0..<count { weight[step] = scored(query, token(step, source), scratch) }
      Rows.softmax(weight, into: weight, count: count)
      for step in count..<weights.paddedColumns { weight[step] = 0 }
      let mean = context.value.row(query)
      mean.clear(count: context.value.paddedColumns)
      for step in 0..<count {
        Rows.addRow(
          values.value.row(token(step, source)), scaledBy: weight[step], to: mean,
          count: context.value.paddedColumns)
      }
    }
    guard let coverage else { return }
    let layout = context.plan.layout
    for row in context.plan.shard(of: lane.worker).rows {
      coverage.forward(
        row: row, of: layout, weights, count: sourceLayout.lengths[source(ofRow: row)],
        worker: lane.worker.index)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dContext = context.gradient, let dScores else { return }
    // Queries, keys and values may be one variable: whoever is to overwrite does so before anybody
    // adds.
    for input in [queries, keys, values] where !input.isAdding {
      guard let gradient = input.gradient else { continue }
      for range in input.variable.ranges(of: lane) { gradient.rows(range).fill(0) }
    }
    let scratch = activations.row(lane.worker.index)
    forEachQuery(context.plan.shard(of: lane.worker).rows) { query, source in
      let (weight, ds, dc) = (weights.row(query), dScores.row(query), dContext.row(query))
      let count = sourceLayout.lengths[source]
      for step in 0..<count {
        ds[step] = Rows.dotProduct(
          dc, values.value.row(token(step, source)), count: context.columns)
        if let coverage { ds[step] += coverage.scale * coverage.slopes.row(query)[step] }
      }
      Rows.softmaxBackward(weight, ds, count: count)
      propagateToQuery(query, source, scratch)
    }
    if !isSharingRows { lane.worker.barrier() }
    let mine = keys.variable.plan.shard(of: lane.worker).rows
    forEachQuery(0..<context.plan.layout.rowCount) { query, source in
      if mine.contains(source) { propagateToSource(query, source, scratch) }
    }
  }

  private var sourceLayout: SequenceLayout { keys.variable.plan.layout }

  private func token(_ step: Int, _ source: Int) -> Int { sourceLayout.offsets[step] + source }

  private func source(ofRow row: Int) -> Int { sources.map { Int($0[row]) } ?? row }

  /// Calls `body` with every query of `rows` and the row it looks at.
  private func forEachQuery(_ rows: Range<Int>, _ body: (_ query: Int, _ source: Int) -> Void) {
    let layout = context.plan.layout
    for row in rows {
      let source = source(ofRow: row)
      for step in 0..<(context.extent == .tokens ? layout.lengths[row] : 1) {
        body(layout.offsets[step] + row, source)
      }
    }
  }

  private func scored(_ query: Int, _ token: Int, _ scratch: UnsafeMutablePointer<S>) -> S {
    let (q, k, size) = (queries.value.row(query), keys.value.row(token), queries.value.columns)
    switch score {
    case .dot(let factor): return S(factor) * Rows.dotProduct(q, k, count: size)
    case .additive(let vector):
      for unit in 0..<size { scratch[unit] = q[unit] + k[unit] }
      Activations.tanh(scratch, into: scratch, count: size)
      return Rows.dotProduct(scratch, vector.value, count: size)
    }
  }

  private func propagateToQuery(
    _ query: Int, _ source: Int, _ scratch: UnsafeMutablePointer<S>
  ) {
    guard let ds = dScores?.row(query) else { return }
    let (q, size) = (queries.value.row(query), queries.value.columns)
    let dq = queries.gradient?.row(query)
    let dv = dVector?.row(query)
    dv?.clear(count: dVector?.paddedColumns ?? 0)
    for step in 0..<sourceLayout.lengths[source] {
      let k = keys.value.row(token(step, source))
      switch score {
      case .dot(let factor):
        if let dq { Rows.addRow(k, scaledBy: S(factor) * ds[step], to: dq, count: size) }
      case .additive(let vector):
        for unit in 0..<size { scratch[unit] = q[unit] + k[unit] }
        Activations.tanh(scratch, into: scratch, count: size)
        if let dv { Rows.addRow(scratch, scaledBy: ds[step], to: dv, count: size) }
        if let dq { addSlope(scratch, vector.value, ds[step], to: dq, count: size) }
      }
    }
  }

  private func propagateToSource(
    _ query: Int, _ source: Int, _ scratch: UnsafeMutablePointer<S>
  ) {
    guard let ds = dScores?.row(query), let dc = context.gradient?.row(query) else { return }
    let (q, size) = (queries.value.row(query), queries.value.columns)
    let weight = weights.row(query)
    for step in 0..<sourceLayout.lengths[source] {
      let token = token(step, source)
      if let dx = values.gradient {
        Rows.addRow(dc, scaledBy: weight[step], to: dx.row(token), count: context.columns)
      }
      guard let dk = keys.gradient else { continue }
      switch score {
      case .dot(let factor):
        Rows.addRow(q, scaledBy: S(factor) * ds[step], to: dk.row(token), count: size)
      case .additive(let vector):
        let k = keys.value.row(token)
        for unit in 0..<size { scratch[unit] = q[unit] + k[unit] }
        Activations.tanh(scratch, into: scratch, count: size)
        addSlope(scratch, vector.value, ds[step], to: dk.row(token), count: size)
      }
    }
  }

  /// target += ds · v ⊙ (1 - a²).
  private func addSlope(
    _ a: UnsafePointer<S>, _ v: UnsafePointer<S>, _ ds: S, to target: UnsafeMutablePointer<S>,
    count: Int
  ) {
    for unit in 0..<count { target[unit] += ds * v[unit] * (1 - a[unit] * a[unit]) }
  }
}

// Sendable: the sources are written before the region that reads them.
extension Attention: @unchecked Sendable {}

extension Tape {
  /// Records attention with the score `factor · q · k`.
  ///
  /// - Parameters:
  ///   - queries: one a token or one a sequence; as wide as `keys`.
  ///   - keys, values: tokens of one plan; they may be the same variable, or the queries'.
  ///   - sources: for each row of the queries' plan a row of the keys' plan; nil: the same number. It
  ///     must stay until the region has run.
  ///   - coverage: weight of the penalty for looking at a token again, see `AttentionCoverage`; one
  ///     query a token then. It is added to the tape's losses.
  /// - Returns: a mean of values a query, and the weights `[queries, longest source]`, to be read
  ///   after the region.
  package func dotAttention(
    _ queries: Variable<S>, keys: Variable<S>, values: Variable<S>, factor: Double = 1,
    sources: UnsafeBufferPointer<Int32>? = nil, coverage: Double = 0
  ) -> (context: Variable<S>, weights: Matrix<S>) {
    attention(.dot(factor: factor), queries, keys, values, sources, coverage)
  }

  /// Records attention with the score `vector · tanh(q + k)`; `vector` is `[size of queries]`, the
  /// rest as in `dotAttention`.
  package func additiveAttention(
    _ queries: Variable<S>, keys: Variable<S>, values: Variable<S>, vector: Parameter<S>,
    sources: UnsafeBufferPointer<Int32>? = nil, coverage: Double = 0
  ) -> (context: Variable<S>, weights: Matrix<S>) {
    precondition(vector.shape == [keys.columns], "\(keys.columns) units, vector \(vector.shape)")
    return attention(.additive(vector: vector), queries, keys, values, sources, coverage)
  }

  private func attention(
    _ score: Attention<S>.Score, _ queries: Variable<S>, _ keys: Variable<S>,
    _ values: Variable<S>, _ sources: UnsafeBufferPointer<Int32>?, _ coverage: Double
  ) -> (context: Variable<S>, weights: Matrix<S>) {
    let (plan, sourceLayout) = (queries.plan, keys.plan.layout)
    precondition(keys.extent == .tokens && values.extent == .tokens && keys.plan === values.plan)
    precondition(queries.columns == keys.columns, "\(queries.columns) and \(keys.columns) columns")
    precondition(
      sources.map { $0.count == plan.layout.rowCount }
        ?? (plan.layout.rowCount == sourceLayout.rowCount),
      "a row looks at no source")
    let (count, size) = (queries.value.rows, queries.columns)
    let context = variable(columns: values.columns, plan: plan, extent: queries.extent)
    let weights = arena.matrix(rows: count, columns: sourceLayout.stepCount)
    var dVector: Matrix<S>?
    if case .additive(let vector) = score, isTraining {
      let rows = arena.matrix(rows: count, columns: size)
      owe(.sum(dy: RowSource(rows)), to: vector)
      dVector = rows
    }
    let penalty = coverage > 0 ? self.coverage(of: queries, longest: sourceLayout, coverage) : nil
    record(
      Attention(
        score: score, queries: queries.consumed(), keys: keys.consumed(),
        values: values.consumed(), context: context, sources: sources?.baseAddress,
        weights: weights,
        dScores: isTraining
          ? arena.matrix(rows: count, columns: sourceLayout.stepCount) : nil,
        dVector: dVector, activations: arena.matrix(rows: workers, columns: size),
        coverage: penalty))
    return (context, weights)
  }

  private func coverage(
    of queries: Variable<S>, longest layout: SequenceLayout, _ scale: Double
  ) -> AttentionCoverage<S> {
    precondition(queries.extent == .tokens, "one query a sequence looks at nothing twice")
    let terms = arena.matrix(rows: queries.value.rows, columns: 1)
    add(Loss(terms: terms, scale: scale))
    return AttentionCoverage(
      scale: S(scale), terms: terms,
      slopes: arena.matrix(rows: queries.value.rows, columns: layout.stepCount),
      sums: arena.matrix(rows: workers, columns: layout.stepCount))
  }
}
