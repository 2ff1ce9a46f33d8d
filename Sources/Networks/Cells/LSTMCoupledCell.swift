import CKernels
import Compute

/// Long short-term memory whose input gate is what the forget gate leaves; gate order f g o:
///
///     f, o = σ(W x(t) + U h(t-1) + b)           g = tanh(W x(t) + U h(t-1) + b)
///     c(t) = f ⊙ c(t-1) + (1 - f) ⊙ g           h(t) = o ⊙ tanh(c(t))
///
/// |c| never exceeds the larger of 1 and |c(0)|. Three quarters of an LSTM's weights.
/// Source: Greff et al., "LSTM: A Search Space Odyssey" (2017), variant CIFG, without peepholes.
package struct LSTMCoupledCell: Cell {
  package init() {}

  package var name: String { "lstm-coupled" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<3)] }
  package var forgetGate: Int? { 0 }
  package var hasCellState: Bool { true }
  package var allowsProjection: Bool { true }
  package var keepsValue: Bool { false }

  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.forwardPortable(step) }
    native.pointee.lstm_coupled_forward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.cPrevious.float,
      step.cPrevious.stride, step.c.float, step.c.stride, step.h.float, step.h.stride)
  }

  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.backwardPortable(step) }
    native.pointee.lstm_coupled_backward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.cPrevious.float,
      step.cPrevious.stride, step.c.float, step.c.stride, step.dh.float, step.dh.stride,
      step.dc.float, step.dc.stride)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func forwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (cPrevious, c, h) = (step.cPrevious.row(row), step.c.row(row), step.h.row(row))
      for group in 0..<step.groups {
        let f = step.gates.row(row) + group * 48
        let (g, o) = (f + 16, f + 32)
        for lane in 0..<16 {
          let u = group * 16 + lane
          f[lane] = Scalar.sigmoid(f[lane])
          g[lane] = Scalar.tanh(g[lane])
          o[lane] = Scalar.sigmoid(o[lane])
          c[u] = f[lane] * cPrevious[u] + (1 - f[lane]) * g[lane]
          h[u] = o[lane] * Scalar.tanh(c[u])
        }
      }
    }
  }

  ///     dc += dh ⊙ o ⊙ (1 - tanh²(c))
  ///     df = dc ⊙ (c(t-1) - g) ⊙ f(1-f)      dg = dc ⊙ (1-f) ⊙ (1-g²)
  ///     do = dh ⊙ tanh(c) ⊙ o(1-o)           dc(t-1) = dc ⊙ f
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func backwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (cPrevious, c) = (step.cPrevious.row(row), step.c.row(row))
      let (dh, dc) = (step.dh.row(row), step.dc.row(row))
      for group in 0..<step.groups {
        let f = step.gates.row(row) + group * 48
        let (g, o) = (f + 16, f + 32)
        for lane in 0..<16 {
          let u = group * 16 + lane
          let tanhC = Scalar.tanh(c[u])
          let (fu, gu, ou) = (f[lane], g[lane], o[lane])
          let dcu = dc[u] + dh[u] * ou * (1 - tanhC * tanhC)
          f[lane] = dcu * (cPrevious[u] - gu) * fu * (1 - fu)
          g[lane] = dcu * (1 - fu) * (1 - gu * gu)
          o[lane] = dh[u] * tanhC * ou * (1 - ou)
          dc[u] = dcu * fu
        }
      }
    }
  }
}

extension LSTMCoupledCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let f = UnitFormula.sigmoid(step.gates[0])
    let (g, o) = (UnitFormula.tanh(step.gates[1]), UnitFormula.sigmoid(step.gates[2]))
    step.c = f * step.cPrevious + (1 - f) * g
    step.h = o * .tanh(step.c)
  }
}

extension Cell where Self == LSTMCoupledCell {
  package static var lstmCoupled: LSTMCoupledCell { LSTMCoupledCell() }
}
