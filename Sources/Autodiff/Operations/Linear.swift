import Compute
import Parallel

/// `Y = X · Wᵀ + b`, row by row.
///
/// - X `[rows, in]`, W `[out, in]`, b `[out]`, Y `[rows, out]`
/// - backward: `dX = dY · W`; owes `dW = dYᵀ · X` and `db = Σ dY`
struct Linear<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let weight: PackedParameter<S>
  let bias: PackedVector<S>?

  var isTokenwise: Bool { true }

  func forward(_ lane: Lane<S>) {
    let ranges = y.ranges(of: lane)
    if let bias { for range in ranges { bias.write(to: y.value, range) } }
    weight.forward.multiply(
      x.value, ranges, into: y.value, adding: bias != nil, scratch: lane.scratch)
  }

  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    weight.backward.multiply(
      dy, y.ranges(of: lane), into: dx, adding: x.isAdding, scratch: lane.scratch)
  }
}

/// `Y = X · W`, row by row: with a matrix that another layer multiplies from the other side.
///
/// - X `[rows, out]`, W `[out, in]`, Y `[rows, in]`
/// - backward: `dX = dY · Wᵀ`; owes `dW = Xᵀ · dY`
struct TransposedLinear<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let weight: PackedParameter<S>

  var isTokenwise: Bool { true }

  func forward(_ lane: Lane<S>) {
    weight.backward.multiply(
      x.value, y.ranges(of: lane), into: y.value, adding: false, scratch: lane.scratch)
  }

  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    weight.forward.multiply(
      dy, y.ranges(of: lane), into: dx, adding: x.isAdding, scratch: lane.scratch)
  }
}

extension Tape {
  /// Records `Y = X · W`.
  package func linear(_ x: Variable<S>, transposed weight: PackedParameter<S>) -> Variable<S> {
    let y = variable(columns: weight.parameter.columns, plan: x.plan, extent: x.extent)
    if let dy = y.gradient {
      owe(
        .product(dy: RowSource(x.value), x: RowSource(dy)), to: weight.parameter, rows: x.leafRows)
    }
    record(TransposedLinear(x: x.consumed(), y: y, weight: weight))
    return y
  }

  /// Records `Y = X · Wᵀ + b`.
  package func linear(
    _ x: Variable<S>, weight: PackedParameter<S>, bias: PackedVector<S>? = nil,
    biasParameter: Parameter<S>? = nil
  ) -> Variable<S> {
    let y = variable(columns: weight.parameter.rows, plan: x.plan, extent: x.extent)
    if let dy = y.gradient {
      let source = RowSource(dy)
      owe(.product(dy: source, x: RowSource(x.value)), to: weight.parameter, rows: x.leafRows)
      if let biasParameter { owe(.sum(dy: source), to: biasParameter, rows: x.leafRows) }
    }
    record(Linear(x: x.consumed(), y: y, weight: weight, bias: bias))
    return y
  }
}

extension RowSource {
  /// All rows of `matrix`.
  package init(_ matrix: Matrix<S>) {
    self.init(matrix.base, stride: matrix.stride, rowCount: matrix.rows)
  }
}
