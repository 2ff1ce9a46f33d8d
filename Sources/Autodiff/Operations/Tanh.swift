import Compute
import Parallel

/// `Y = tanh X`, element by element.
///
/// - X, Y `[rows, columns]`
/// - backward: `dX = dY ⊙ (1 - Y²)`
struct Tanh<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>

  var isTokenwise: Bool { true }

  func forward(_ lane: Lane<S>) {
    for range in y.ranges(of: lane) {
      for row in range {
        Activations.tanh(x.value.row(row), into: y.value.row(row), count: y.value.paddedColumns)
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    let (count, isAdding) = (dx.paddedColumns, x.isAdding)
    for range in y.ranges(of: lane) {
      for row in range {
        let (value, gradient, target) = (y.value.row(row), dy.row(row), dx.row(row))
        if !isAdding { target.clear(count: count) }
        for i in 0..<count { target[i] += gradient[i] * (1 - value[i] * value[i]) }
      }
    }
  }
}

extension Tape {
  /// Records `tanh x`.
  public func tanh(_ x: Variable<S>) -> Variable<S> {
    let y = variable(
      columns: x.columns, plan: x.plan, extent: x.extent, needsGradient: x.gradient != nil)
    record(Tanh(x: x.consumed(), y: y))
    return y
  }
}
