import Compute
import Parallel

/// A sum over the tokens of each row that knows their order: position encoding.
///
///     Y = Σ_j l_j ⊙ X(j),   l_j[k] = (1 - j/J) - (k/d) (1 - 2j/J)
///
/// - X `[tokens, d]`, Y `[sequences, d]`; j from 1 to J, the row's own length, k from 1 to d
/// - backward: `dX(j) = l_j ⊙ dY`
/// - source: Sukhbaatar et al., "End-To-End Memory Networks" (2015), section 4.1
struct PositionPooling<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let layout = y.plan.layout
    let shard = y.plan.shard(of: lane.worker)
    for row in shard.rows { y.value.row(row).clear(count: y.value.paddedColumns) }
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) {
        let (source, sum) = (x.value.row(layout.offsets[step] + row), y.value.row(row))
        let factors = Factors<S>(step, of: layout.lengths[row], columns: y.columns)
        for column in 0..<y.columns { sum[column] += factors[column] * source[column] }
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    let layout = y.plan.layout
    let shard = y.plan.shard(of: lane.worker)
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) {
        let (target, source) = (dx.row(layout.offsets[step] + row), dy.row(row))
        let factors = Factors<S>(step, of: layout.lengths[row], columns: y.columns)
        if !x.isAdding { target.clear(count: dx.paddedColumns) }
        for column in 0..<y.columns { target[column] += factors[column] * source[column] }
      }
    }
  }

  /// l of one token: linear in the column.
  private struct Factors<T: MatrixElement> {
    let start: T
    let slope: T

    init(_ step: Int, of length: Int, columns: Int) {
      let place = T(step + 1) / T(length)
      start = 1 - place
      slope = (2 * place - 1) / T(columns)
    }

    subscript(column: Int) -> T { start + slope * T(column + 1) }
  }
}

extension Tape {
  /// Records the position-encoded sum over the tokens of each row.
  package func positionPooled(_ x: Variable<S>) -> Variable<S> {
    precondition(x.extent == .tokens, "there is one row a sequence already")
    let y = variable(columns: x.columns, plan: x.plan, extent: .sequences)
    record(PositionPooling(x: x.consumed(), y: y))
    return y
  }
}
