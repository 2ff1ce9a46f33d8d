import CKernels
import Compute

/// Long short-term memory with input, forget and output gates, in PyTorch's gate order i f g o:
///
///     i, f, o = σ(W x(t) + U h(t-1) + b)        g = tanh(W x(t) + U h(t-1) + b)
///     c(t) = f ⊙ c(t-1) + i ⊙ g                 h(t) = o ⊙ tanh(c(t))
///
/// Source: Hochreiter & Schmidhuber (1997); Gers, Schmidhuber & Cummins, "Learning to Forget" (2000).
package struct LSTMCell: Cell {
  package init() {}

  package var name: String { "lstm" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<4)] }
  package var forgetGate: Int? { 1 }
  package var hasCellState: Bool { true }
  package var allowsProjection: Bool { true }
  package var keepsValue: Bool { false }

  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.forwardPortable(step) }
    native.pointee.lstm_forward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.cPrevious.float,
      step.cPrevious.stride, step.c.float, step.c.stride, step.h.float, step.h.stride)
  }

  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.backwardPortable(step) }
    native.pointee.lstm_backward(
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
        let i = step.gates.row(row) + group * 64
        let (f, g, o) = (i + 16, i + 32, i + 48)
        for lane in 0..<16 {
          let u = group * 16 + lane
          i[lane] = Scalar.sigmoid(i[lane])
          f[lane] = Scalar.sigmoid(f[lane])
          g[lane] = Scalar.tanh(g[lane])
          o[lane] = Scalar.sigmoid(o[lane])
          c[u] = f[lane] * cPrevious[u] + i[lane] * g[lane]
          h[u] = o[lane] * Scalar.tanh(c[u])
        }
      }
    }
  }

  ///     dc += dh ⊙ o ⊙ (1 - tanh²(c))
  ///     di = dc ⊙ g ⊙ i(1-i)      df = dc ⊙ c(t-1) ⊙ f(1-f)
  ///     dg = dc ⊙ i ⊙ (1-g²)      do = dh ⊙ tanh(c) ⊙ o(1-o)        dc(t-1) = dc ⊙ f
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func backwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (cPrevious, c) = (step.cPrevious.row(row), step.c.row(row))
      let (dh, dc) = (step.dh.row(row), step.dc.row(row))
      for group in 0..<step.groups {
        let i = step.gates.row(row) + group * 64
        let (f, g, o) = (i + 16, i + 32, i + 48)
        for lane in 0..<16 {
          let u = group * 16 + lane
          let tanhC = Scalar.tanh(c[u])
          let (iu, fu, gu, ou) = (i[lane], f[lane], g[lane], o[lane])
          let dcu = dc[u] + dh[u] * ou * (1 - tanhC * tanhC)
          i[lane] = dcu * gu * iu * (1 - iu)
          f[lane] = dcu * cPrevious[u] * fu * (1 - fu)
          g[lane] = dcu * iu * (1 - gu * gu)
          o[lane] = dh[u] * tanhC * ou * (1 - ou)
          dc[u] = dcu * fu
        }
      }
    }
  }
}

extension LSTMCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let (i, f) = (UnitFormula.sigmoid(step.gates[0]), UnitFormula.sigmoid(step.gates[1]))
    let (g, o) = (UnitFormula.tanh(step.gates[2]), UnitFormula.sigmoid(step.gates[3]))
    step.c = f * step.cPrevious + i * g
    step.h = o * .tanh(step.c)
  }
}

extension Cell where Self == LSTMCell {
  package static var lstm: LSTMCell { LSTMCell() }
}
