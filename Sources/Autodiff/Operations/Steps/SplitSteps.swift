import Compute
import Parallel

/// The steps of a minibatch as variables of their own, for models that go through time one step
/// after the other.
///
/// - X `[tokens, columns]`; step t `[active rows, columns]`, a view of X's rows
/// - backward: the rows of the steps' gradients
struct SplitSteps<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  /// In order.
  let steps: [Variable<S>]

  func forward(_ lane: Lane<S>) {}

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    let offsets = x.variable.plan.layout.offsets
    for (step, part) in steps.enumerated() {
      guard let gradient = part.gradient else { continue }
      for row in part.ranges(of: lane).joined() {
        propagate(
          gradient.row(row), to: dx.row(offsets[step] + row), adding: x.isAdding,
          count: dx.paddedColumns)
      }
    }
  }
}

/// `target (+)= gradient`; nil for zeros.
func propagate<S: MatrixElement>(
  _ gradient: UnsafePointer<S>?, to target: UnsafeMutablePointer<S>, adding: Bool, count: Int
) {
  if let gradient {
    if adding {
      Rows.addRow(gradient, to: target, count: count)
    } else {
      target.update(from: gradient, count: count)
    }
  } else if !adding {
    target.clear(count: count)
  }
}

extension Tape {
  /// Records the steps of `x` as variables over `x.plan.step(0)`, `x.plan.step(1)`, …
  package func steps(of x: Variable<S>) -> [Variable<S>] {
    precondition(x.extent == .tokens, "one row a sequence has no steps")
    let layout = x.plan.layout
    let gradient =
      x.gradient.map { arena.matrix(rows: $0.rows, columns: $0.columns) }
    let steps = (0..<layout.stepCount).map { step in
      let rows = layout.offsets[step]..<layout.offsets[step + 1]
      return variable(
        value: x.value.rows(rows), gradient: gradient?.rows(rows), plan: x.plan.step(step),
        extent: .tokens)
    }
    record(SplitSteps(x: x.consumed(), steps: steps))
    return steps
  }
}
