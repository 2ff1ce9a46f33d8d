import Compute
import Parallel

/// The largest value of each column over the tokens of each row; of equal ones the first. A NaN is larger than
/// all numbers.
///
/// - X `[tokens, size]`, Y `[sequences, size]`
/// - backward: the token that was largest gets the gradient, all others zero
/// - source: Collobert et al., "Natural Language Processing (Almost) from Scratch" (2011)
struct MaxPooling<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  /// `[sequences, size]`: the step of the largest value. A whole number, exact in `Float` too: no
  /// row has 2^24 steps.
  let steps: Matrix<S>

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let shard = y.plan.shard(of: lane.worker)
    let layout = y.plan.layout
    let count = y.value.paddedColumns
    for row in shard.rows {
      // Step 0 holds the rows in their own order.
      y.value.row(row).update(from: x.value.row(row), count: count)
      steps.row(row).update(repeating: 0, count: count)
    }
    for step in 1..<max(layout.stepCount, 1) {
      let number = S(step)
      for row in shard.activeRows(at: step) {
        let values = x.value.row(layout.offsets[step] + row)
        let (largest, place) = (y.value.row(row), steps.row(row))
        for column in 0..<count
        where values[column] > largest[column] || values[column].isNaN {
          largest[column] = values[column]
          place[column] = number
        }
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    if !x.isAdding {
      for range in x.variable.ranges(of: lane) { dx.rows(range).fill(0) }
    }
    let layout = y.plan.layout
    for row in y.plan.shard(of: lane.worker).rows {
      let (gradient, place) = (dy.row(row), steps.row(row))
      for column in 0..<dy.columns {
        dx[layout.offsets[Int(place[column])] + row, column] += gradient[column]
      }
    }
  }
}

extension Tape {
  /// Records the largest value of each column over the tokens of each row.
  public func maxPooled(_ x: Variable<S>) -> Variable<S> {
    precondition(x.extent == .tokens, "there is one row a sequence already")
    precondition(x.plan.layout.stepCount < 1 << 24, "\(x.plan.layout.stepCount) steps")
    let y = variable(columns: x.columns, plan: x.plan, extent: .sequences)
    let steps = arena.matrix(rows: y.value.rows, columns: x.columns)
    record(MaxPooling(x: x.consumed(), y: y, steps: steps))
    return y
  }
}
