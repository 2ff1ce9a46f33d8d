import Compute
import Parallel

/// Single steps one after the other as the tokens of a minibatch: the opposite of `SplitSteps`.
///
/// - step t `[active rows, columns]`, Y `[tokens, columns]`
/// - backward: every step gets its rows of dY
///
/// Cost: one copy.
struct JoinedSteps<S: MatrixElement>: TapeOperation {
  /// In order.
  let steps: [Consumer<S>]
  let y: Variable<S>

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let offsets = y.plan.layout.offsets
    for (step, part) in steps.enumerated() {
      for row in part.variable.ranges(of: lane).joined() {
        y.value.row(offsets[step] + row)
          .update(from: part.value.row(row), count: y.value.paddedColumns)
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dy = y.gradient else { return }
    let offsets = y.plan.layout.offsets
    for (step, part) in steps.enumerated() {
      guard let gradient = part.gradient else { continue }
      for row in part.variable.ranges(of: lane).joined() {
        propagate(
          dy.row(offsets[step] + row), to: gradient.row(row), adding: part.isAdding,
          count: dy.paddedColumns)
      }
    }
  }
}

extension Tape {
  /// Records `steps`, variables over `plan.step(0)`, `plan.step(1)`, …, as one over `plan`.
  package func joined(_ steps: [Variable<S>], plan: RowPlan) -> Variable<S> {
    precondition(
      steps.map(\.value.rows) == plan.layout.activeRows, "one variable a step, of its active rows")
    let y = variable(columns: steps[0].columns, plan: plan)
    record(JoinedSteps(steps: steps.map { $0.consumed() }, y: y))
    return y
  }
}
