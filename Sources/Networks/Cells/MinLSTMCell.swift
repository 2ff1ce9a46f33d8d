import CKernels
import Compute

/// The minimal LSTM, whose gates do not see the state and add up to one; gate order i f g:
///
///     i, f = σ(W x(t) + b)        g = W_g x(t) + b_g        z = i / (i + f)
///     h(t) = (1 - z) ⊙ h(t-1) + z ⊙ g
///
/// 1 - z is the paper's f' = f / (i + f). No recurrent matrix, no cell state beside h.
/// Source: Feng et al., "Were RNNs All We Needed?" (2024), section 3.2.
package struct MinLSTMCell: LinearCell {
  package init() {}

  package var name: String { "minlstm" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<3, isRecurrent: false)] }
  package var forgetGate: Int? { 1 }
  /// z.
  package var keepsValue: Bool { true }

  /// Less than this a gate is not: both may have underflowed to zero, and then count the same.
  private static var least: Double { 1e-30 }

  package func activate<S: MatrixElement>(_ step: CellStep<S>) {
    guard let native = S.native else { return Self.activatePortable(step) }
    native.pointee.min_lstm_activate(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.kept.float,
      step.kept.stride)
  }

  package func mixture<S: MatrixElement>(_ step: CellStep<S>) -> Mixture<S> {
    Mixture(
      z: step.kept, zStep: 16, n: Block(step.gates.base + 32, stride: step.gates.stride),
      nStep: 48)
  }

  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.backwardPortable(step) }
    native.pointee.min_lstm_backward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.kept.float,
      step.kept.stride, step.hPrevious.float, step.hPrevious.stride, step.dh.float,
      step.dh.stride, step.dhPrevious.float, step.dhPrevious.stride)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func activatePortable<S: MatrixElement>(_ step: CellStep<S>) {
    let least = S(least)
    for row in 0..<step.rows {
      let z = step.kept.row(row)
      for group in 0..<step.groups {
        let i = step.gates.row(row) + group * 48
        let f = i + 16
        for lane in 0..<16 {
          // A NaN stays one.
          i[lane] = max(Scalar.sigmoid(i[lane]), least)
          f[lane] = max(Scalar.sigmoid(f[lane]), least)
          z[group * 16 + lane] = i[lane] / (i[lane] + f[lane])
        }
      }
    }
  }

  ///     d = dh ⊙ (g - h(t-1)) ⊙ z(1-z)        di = d ⊙ (1-i)        df = -d ⊙ (1-f)
  ///     dg = dh ⊙ z                           dh(t-1) += dh ⊙ (1-z)
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func backwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (hPrevious, dh) = (step.hPrevious.row(row), step.dh.row(row))
      let (dhPrevious, z) = (step.dhPrevious.row(row), step.kept.row(row))
      for group in 0..<step.groups {
        let i = step.gates.row(row) + group * 48
        let (f, g) = (i + 16, i + 32)
        for lane in 0..<16 {
          let u = group * 16 + lane
          let zu = z[u]
          let d = dh[u] * (g[lane] - hPrevious[u]) * zu * (1 - zu)
          i[lane] = d * (1 - i[lane])
          f[lane] = -d * (1 - f[lane])
          g[lane] = dh[u] * zu
          dhPrevious[u] += dh[u] * (1 - zu)
        }
      }
    }
  }
}

extension MinLSTMCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let least = UnitFormula.constant(Self.least)
    let i = UnitFormula.maximum(.sigmoid(step.gates[0]), least)
    let f = UnitFormula.maximum(.sigmoid(step.gates[1]), least)
    step.mix(i / (i + f), step.gates[2])
  }
}

extension Cell where Self == MinLSTMCell {
  package static var minLSTM: MinLSTMCell { MinLSTMCell() }
}
