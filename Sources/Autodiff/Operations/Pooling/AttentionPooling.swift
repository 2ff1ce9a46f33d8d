import Compute
import Parallel

/// A weighted mean over the tokens of each row, the weights learnt:
///
///     s(t) = v · tanh(U(t)),   w = softmax of s over the row's tokens,   Y = Σ_t w(t) X(t)
///
/// - X `[tokens, size]`; U `[tokens, units]`, a linear map of X; v `[units]`; Y `[sequences, size]`
/// - backward: `dX(t) = w(t) dY`, `ds(t) = w(t) dY · (X(t) - Y)`, `dU = ds v (1 - tanh²)`; owes
///   `dv = Σ ds tanh(U)`
/// - source: Yang et al., "Hierarchical Attention Networks for Document Classification" (2016)
struct AttentionPooling<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let u: Consumer<S>
  let y: Variable<S>
  let vector: Parameter<S>
  /// `[tokens, units]`: tanh(U); backward: what each token adds to dv.
  let activations: Matrix<S>
  /// `[tokens, 1]`: s, then w.
  let weights: Matrix<S>

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    for range in u.variable.ranges(of: lane) {
      for token in range {
        Activations.tanh(
          u.value.row(token), into: activations.row(token), count: u.value.paddedColumns)
        weights[token, 0] = Rows.dotProduct(
          activations.row(token), vector.value, count: vector.count)
      }
    }
    let layout = y.plan.layout
    for row in y.plan.shard(of: lane.worker).rows {
      softmax(row, layout)
      let mean = y.value.row(row)
      mean.clear(count: y.value.paddedColumns)
      for step in 0..<layout.lengths[row] {
        let token = layout.offsets[step] + row
        Rows.addRow(
          x.value.row(token), scaledBy: weights[token, 0], to: mean, count: y.value.paddedColumns)
      }
    }
  }

  /// Scores of one row to weights.
  private func softmax(_ row: Int, _ layout: SequenceLayout) {
    var largest = weights[row, 0]
    for step in 0..<layout.lengths[row] {
      largest = max(largest, weights[layout.offsets[step] + row, 0])
    }
    var sum: S = 0
    for step in 0..<layout.lengths[row] {
      let token = layout.offsets[step] + row
      weights[token, 0] = Scalar.exp(weights[token, 0] - largest)
      sum += weights[token, 0]
    }
    for step in 0..<layout.lengths[row] { weights[layout.offsets[step] + row, 0] /= sum }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dy = y.gradient else { return }
    let layout = y.plan.layout
    let v = vector.value
    for row in y.plan.shard(of: lane.worker).rows {
      let gradient = dy.row(row)
      let mean = Rows.dotProduct(gradient, y.value.row(row), count: dy.columns)
      for step in 0..<layout.lengths[row] {
        let token = layout.offsets[step] + row
        let weight = weights[token, 0]
        let ds = weight * (Rows.dotProduct(gradient, x.value.row(token), count: dy.columns) - mean)
        if let dx = x.gradient {
          let target = dx.row(token)
          if !x.isAdding { target.clear(count: dx.paddedColumns) }
          Rows.addRow(gradient, scaledBy: weight, to: target, count: dx.paddedColumns)
        }
        let a = activations.row(token)
        if let du = u.gradient {
          let target = du.row(token)
          if !u.isAdding { target.clear(count: du.paddedColumns) }
          for unit in 0..<vector.count { target[unit] += ds * v[unit] * (1 - a[unit] * a[unit]) }
        }
        for unit in 0..<activations.paddedColumns { a[unit] *= ds }
      }
    }
  }
}

extension Tape {
  /// Records a mean over the tokens of each row, weighted by `softmax(v · tanh(u))`.
  ///
  /// - Parameters:
  ///   - u: `[tokens, units]`, a linear map of `x`.
  ///   - vector: `[units]`.
  /// - Returns: the mean, and the weights `[tokens, 1]`, to be read after the region.
  package func attentionPooled(
    _ x: Variable<S>, by u: Variable<S>, vector: Parameter<S>
  ) -> (mean: Variable<S>, weights: Matrix<S>) {
    precondition(x.extent == .tokens && u.extent == .tokens && u.plan === x.plan)
    precondition(vector.shape == [u.columns], "\(u.columns) units, vector is \(vector.shape)")
    let tokens = x.value.rows
    let y = variable(columns: x.columns, plan: x.plan, extent: .sequences)
    let activations = arena.matrix(rows: tokens, columns: u.columns)
    let weights = arena.matrix(rows: tokens, columns: 1)
    owe(.sum(dy: RowSource(activations)), to: vector, rows: x.leafRows)
    record(
      AttentionPooling(
        x: x.consumed(), u: u.consumed(), y: y, vector: vector, activations: activations,
        weights: weights))
    return (y, weights)
  }
}
