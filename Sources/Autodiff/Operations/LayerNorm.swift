import Compute
import Parallel

/// `y = gain ⊙ (x - μ) / √(σ² + ε) + bias`, with mean μ and variance σ² over the columns of a row.
///
/// - X, Y `[rows, columns]`; gain, bias `[columns]`
/// - backward: with `g = dy ⊙ gain` and `x̂ = (x - μ) / √(σ² + ε)`,
///   `dx = (g - mean(g) - x̂ · mean(g ⊙ x̂)) / √(σ² + ε)`;
///   owes `dgain = Σ dy ⊙ x̂`, `dbias = Σ dy`
///
/// Source: Ba, Kiros & Hinton, "Layer Normalization" (2016). ε is 1e-5, as in `torch.nn.LayerNorm`.
struct LayerNorm<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let gain: PackedVector<S>
  let bias: PackedVector<S>
  /// `[rows, 2]`: mean and 1 / √(σ² + ε) of every row.
  let moments: Matrix<S>
  /// `[rows, columns]`: dy ⊙ x̂, for the gain's gradient; nil outside training.
  let dGain: Matrix<S>?

  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let (columns, padded) = (y.columns, y.value.paddedColumns)
    for range in y.ranges(of: lane) {
      for row in range {
        normalize(
          x.value.row(row), into: y.value.row(row), columns, padded, gain.values, bias.values,
          moments.row(row))
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dy = y.gradient, let dGain else { return }
    let (columns, padded) = (y.columns, y.value.paddedColumns)
    for range in y.ranges(of: lane) {
      for row in range {
        denormalize(
          dy.row(row), x.value.row(row), columns, padded, gain.values, moments.row(row),
          dGain: dGain.row(row), dx: x.gradient?.row(row), isAdding: x.isAdding)
      }
    }
  }
}

extension Tape {
  /// Records the normalisation of every row.
  ///
  /// - Parameters:
  ///   - gain, bias: `[columns of x]`.
  package func layerNorm(
    _ x: Variable<S>, gain: PackedVector<S>, gainParameter: Parameter<S>, bias: PackedVector<S>,
    biasParameter: Parameter<S>
  ) -> Variable<S> {
    precondition(
      gainParameter.count == x.columns && biasParameter.count == x.columns,
      "a gain of \(gainParameter.count) for \(x.columns) columns")
    let y = variable(columns: x.columns, plan: x.plan, extent: x.extent)
    let rows = x.value.rows
    let dGain = y.gradient.map { _ in arena.matrix(rows: rows, columns: x.columns) }
    if let dGain, let dy = y.gradient {
      owe(.sum(dy: RowSource(dGain)), to: gainParameter, rows: x.leafRows)
      owe(.sum(dy: RowSource(dy)), to: biasParameter, rows: x.leafRows)
    }
    record(
      LayerNorm(
        x: x.consumed(), y: y, gain: gain, bias: bias,
        moments: arena.matrix(rows: rows, columns: 2), dGain: dGain))
    return y
  }
}

/// What a graph of the operation has to know too.
package enum LayerNormFormula {
  /// ε.
  package static let epsilon = 1e-5
}

/// `Σ term(i)` for i below `count`, in 16 interleaved lanes that are folded at the end: one order,
/// whatever the vectors of the machine.
@inline(__always)
private func laneSum<S: MatrixElement>(_ count: Int, _ term: (Int) -> S) -> S {
  withUnsafeTemporaryAllocation(of: S.self, capacity: 16) { buffer in
    guard let lanes = buffer.baseAddress else { return 0 }
    lanes.initialize(repeating: 0, count: 16)
    let whole = count & ~15
    for start in stride(from: 0, to: whole, by: 16) {
      for lane in 0..<16 { lanes[lane] += term(start + lane) }
    }
    for i in whole..<count { lanes[i & 15] += term(i) }
    var width = 8
    while width > 0 {
      for lane in 0..<width { lanes[lane] += lanes[lane + width] }
      width /= 2
    }
    return lanes[0]
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func normalize<S: MatrixElement>(
  _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, _ columns: Int, _ padded: Int,
  _ gain: UnsafePointer<S>, _ bias: UnsafePointer<S>, _ moments: UnsafeMutablePointer<S>
) {
  let count = S(columns)
  let mean = laneSum(columns) { x[$0] } / count
  let variance = laneSum(columns) { (x[$0] - mean) * (x[$0] - mean) } / count
  let scale = 1 / (variance + S(LayerNormFormula.epsilon)).squareRoot()
  (moments[0], moments[1]) = (mean, scale)
  for i in 0..<columns { y[i] = (x[i] - mean) * scale * gain[i] + bias[i] }
  for i in columns..<padded { y[i] = 0 }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func denormalize<S: MatrixElement>(
  _ dy: UnsafePointer<S>, _ x: UnsafePointer<S>, _ columns: Int, _ padded: Int,
  _ gain: UnsafePointer<S>, _ moments: UnsafePointer<S>, dGain: UnsafeMutablePointer<S>,
  dx: UnsafeMutablePointer<S>?, isAdding: Bool
) {
  let (mean, scale) = (moments[0], moments[1])
  for i in 0..<columns { dGain[i] = dy[i] * (x[i] - mean) * scale }
  for i in columns..<padded { dGain[i] = 0 }
  guard let dx else { return }
  let meanG = laneSum(columns) { dy[$0] * gain[$0] } / S(columns)
  let meanProduct = laneSum(columns) { dGain[$0] * gain[$0] } / S(columns)
  if !isAdding { dx.clear(count: padded) }
  for i in 0..<columns {
    let normalized = (x[i] - mean) * scale
    dx[i] += (dy[i] * gain[i] - meanG - normalized * meanProduct) * scale
  }
}
