import CKernels
import Compute

/// Long short-term memory whose gates see the cell state through one weight a unit; gate order
/// i f g o:
///
///     i, f = σ(W x(t) + U h(t-1) + b + p ⊙ c(t-1))     g = tanh(W x(t) + U h(t-1) + b)
///     c(t) = f ⊙ c(t-1) + i ⊙ g
///     o = σ(W x(t) + U h(t-1) + b + p_o ⊙ c(t))        h(t) = o ⊙ tanh(c(t))
///
/// `weight_peephole` holds p_i, p_f, p_o below each other (ONNX's `P` has the order i o f).
/// Source: Gers & Schmidhuber, "Recurrent Nets that Time and Count" (2000). Gradients flow through
/// the peepholes too, as in Greff et al. (2017).
package struct LSTMPeepholeCell: Cell {
  package init() {}

  package var name: String { "lstm-peephole" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<4)] }
  package var forgetGate: Int? { 1 }
  package var hasCellState: Bool { true }
  package var allowsProjection: Bool { true }
  package var keepsValue: Bool { false }
  package var peepholeCount: Int { 3 }

  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.forwardPortable(step) }
    native.pointee.lstm_peephole_forward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.peepholes.float,
      step.cPrevious.float, step.cPrevious.stride, step.c.float, step.c.stride, step.h.float,
      step.h.stride)
  }

  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.backwardPortable(step) }
    native.pointee.lstm_peephole_backward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.peepholes.float,
      step.cPrevious.float, step.cPrevious.stride, step.c.float, step.c.stride, step.dh.float,
      step.dh.stride, step.dc.float, step.dc.stride, step.dPeepholes.float,
      step.dPeepholes.stride)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func forwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (cPrevious, c, h) = (step.cPrevious.row(row), step.c.row(row), step.h.row(row))
      for group in 0..<step.groups {
        let i = step.gates.row(row) + group * 64
        let (f, g, o) = (i + 16, i + 32, i + 48)
        let pi = step.peepholes.row(row) + group * 48
        let (pf, po) = (pi + 16, pi + 32)
        for lane in 0..<16 {
          let u = group * 16 + lane
          i[lane] = Scalar.sigmoid(i[lane] + pi[lane] * cPrevious[u])
          f[lane] = Scalar.sigmoid(f[lane] + pf[lane] * cPrevious[u])
          g[lane] = Scalar.tanh(g[lane])
          c[u] = f[lane] * cPrevious[u] + i[lane] * g[lane]
          o[lane] = Scalar.sigmoid(o[lane] + po[lane] * c[u])
          h[u] = o[lane] * Scalar.tanh(c[u])
        }
      }
    }
  }

  ///     do = dh ⊙ tanh(c) ⊙ o(1-o)
  ///     dc += dh ⊙ o ⊙ (1 - tanh²(c)) + do ⊙ p_o
  ///     di = dc ⊙ g ⊙ i(1-i)      df = dc ⊙ c(t-1) ⊙ f(1-f)      dg = dc ⊙ i ⊙ (1-g²)
  ///     dc(t-1) = dc ⊙ f + di ⊙ p_i + df ⊙ p_f
  ///     dp_i = di ⊙ c(t-1)        dp_f = df ⊙ c(t-1)             dp_o = do ⊙ c
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func backwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (cPrevious, c) = (step.cPrevious.row(row), step.c.row(row))
      let (dh, dc) = (step.dh.row(row), step.dc.row(row))
      for group in 0..<step.groups {
        let i = step.gates.row(row) + group * 64
        let (f, g, o) = (i + 16, i + 32, i + 48)
        let pi = step.peepholes.row(row) + group * 48
        let (pf, po) = (pi + 16, pi + 32)
        let dp = step.dPeepholes.row(row) + group * 48
        for lane in 0..<16 {
          let u = group * 16 + lane
          let tanhC = Scalar.tanh(c[u])
          let (iu, fu, gu, ou) = (i[lane], f[lane], g[lane], o[lane])
          let dou = dh[u] * tanhC * ou * (1 - ou)
          let dcu = dc[u] + dh[u] * ou * (1 - tanhC * tanhC) + dou * po[lane]
          let diu = dcu * gu * iu * (1 - iu)
          let dfu = dcu * cPrevious[u] * fu * (1 - fu)
          i[lane] = diu
          f[lane] = dfu
          g[lane] = dcu * iu * (1 - gu * gu)
          o[lane] = dou
          dc[u] = dcu * fu + diu * pi[lane] + dfu * pf[lane]
          dp[lane] = diu * cPrevious[u]
          dp[16 + lane] = dfu * cPrevious[u]
          dp[32 + lane] = dou * c[u]
        }
      }
    }
  }
}

extension LSTMPeepholeCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let (gates, p) = (step.gates, step.peepholes)
    let i = UnitFormula.sigmoid(gates[0] + p[0] * step.cPrevious)
    let f = UnitFormula.sigmoid(gates[1] + p[1] * step.cPrevious)
    step.c = f * step.cPrevious + i * .tanh(gates[2])
    step.h = .sigmoid(gates[3] + p[2] * step.c) * .tanh(step.c)
  }
}

extension Cell where Self == LSTMPeepholeCell {
  package static var lstmPeephole: LSTMPeepholeCell { LSTMPeepholeCell() }
}
