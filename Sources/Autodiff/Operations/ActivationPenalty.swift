import Compute
import Parallel

/// Activation regularisation, `α · mean(x²)`: a loss that keeps activations small.
///
/// - X `[tokens, columns]`; one term a token, `Σ x²`
/// - backward: `dx += 2 α x / (tokens · columns)`
///
/// Source: Merity, McCann & Socher, "Revisiting Activation Regularization for Language RNNs" (2017).
struct ActivationPenalty<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let terms: Matrix<S>
  let scale: S

  var isLoss: Bool { true }
  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    for range in x.variable.ranges(of: lane) {
      for row in range {
        terms[row, 0] = S(Rows.sumOfSquares(x.value.row(row), count: x.variable.columns))
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    let (columns, factor) = (x.variable.columns, 2 * scale)
    for range in x.variable.ranges(of: lane) {
      for row in range {
        let (value, gradient) = (x.value.row(row), dx.row(row))
        if !x.isAdding { gradient.clear(count: dx.paddedColumns) }
        for i in 0..<columns { gradient[i] += factor * value[i] }
      }
    }
  }
}

/// Temporal activation regularisation, `β · mean((x(t) - x(t-1))²)` over all tokens but the first of
/// each row: a loss on what changes from step to step.
///
/// - X `[tokens, columns]`; one term a token, `Σ (x(t) - x(t-1))²`, 0 for a row's first
/// - backward: `dx(t) += 2 β (2 x(t) - x(t-1) - x(t+1)) / n` inside a row of n pairs in all
///
/// Source: Merity, McCann & Socher (2017).
struct TemporalPenalty<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let terms: Matrix<S>
  let scale: S

  var isLoss: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let layout = x.variable.plan.layout
    let shard = x.variable.plan.shard(of: lane.worker)
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) {
        let token = layout.offsets[step] + row
        var sum: S = 0
        if step > 0 {
          let (now, before) = (x.value.row(token), x.value.row(layout.offsets[step - 1] + row))
          for i in 0..<x.variable.columns {
            sum += (now[i] - before[i]) * (now[i] - before[i])
          }
        }
        terms[token, 0] = sum
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    let layout = x.variable.plan.layout
    let shard = x.variable.plan.shard(of: lane.worker)
    let (columns, factor) = (x.variable.columns, 2 * scale)
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) {
        let token = layout.offsets[step] + row
        let (now, gradient) = (x.value.row(token), dx.row(token))
        if !x.isAdding { gradient.clear(count: dx.paddedColumns) }
        for neighbour in [step - 1, step + 1]
        where neighbour >= 0 && neighbour < layout.lengths[row] {
          let other = x.value.row(layout.offsets[neighbour] + row)
          for i in 0..<columns { gradient[i] += factor * (now[i] - other[i]) }
        }
      }
    }
  }
}

extension Tape {
  /// Records `strength · mean(x²)`, in training only.
  package func activationPenalty(_ x: Variable<S>, strength: Double) {
    guard hasNoise, strength > 0 else { return }
    let scale = strength / Double(total(of: x.value.rows * x.columns))
    let loss = Loss(terms: arena.matrix(rows: x.value.rows, columns: 1), scale: scale, plan: x.plan)
    record(ActivationPenalty(x: x.consumed(), terms: loss.terms, scale: S(scale)))
    add(loss)
  }

  /// Records `strength · mean((x(t) - x(t-1))²)`, in training only; nothing where no row has two
  /// tokens.
  package func temporalPenalty(_ x: Variable<S>, strength: Double) {
    precondition(x.extent == .tokens, "one state a sequence does not change")
    let pairs = x.plan.layout.tokenCount - x.plan.layout.rowCount
    guard hasNoise, strength > 0 else { return }
    let total = total(of: pairs * x.columns)
    guard pairs > 0 else { return }
    let scale = strength / Double(total)
    let loss = Loss(terms: arena.matrix(rows: x.value.rows, columns: 1), scale: scale, plan: x.plan)
    record(TemporalPenalty(x: x.consumed(), terms: loss.terms, scale: S(scale)))
    add(loss)
  }
}
