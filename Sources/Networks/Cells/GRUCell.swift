import CKernels
import Compute

/// Gated recurrent unit with the reset gate after the recurrent product, as in PyTorch and cuDNN;
/// gate order r z n:
///
///     r, z = σ(W x(t) + b + U h(t-1) + b')
///     n = tanh(W_n x(t) + b_n + r ⊙ (U_n h(t-1) + b'_n))
///     h(t) = (1 - z) ⊙ n + z ⊙ h(t-1)
///
/// The two parts of n must be known apart, so the recurrent product is kept separate.
/// Source: Cho et al. (2014), first version; Chung et al. (2014).
package struct GRUCell: Cell {
  package init() {}

  package var name: String { "gru" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<3, isSeparate: true)] }
  package var forgetGate: Int? { nil }
  package var hasCellState: Bool { false }
  /// `U_n h(t-1) + b'_n`.
  package var keepsValue: Bool { true }

  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.forwardPortable(step) }
    native.pointee.gru_forward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.recurrent.float,
      step.recurrent.stride, step.kept.float, step.kept.stride, step.hPrevious.float,
      step.hPrevious.stride, step.h.float, step.h.stride)
  }

  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.backwardPortable(step) }
    native.pointee.gru_backward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.kept.float,
      step.kept.stride, step.hPrevious.float, step.hPrevious.stride, step.dh.float,
      step.dh.stride, step.recurrent.float, step.recurrent.stride, step.dhPrevious.float,
      step.dhPrevious.stride)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func forwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (hPrevious, h, kept) = (step.hPrevious.row(row), step.h.row(row), step.kept.row(row))
      for group in 0..<step.groups {
        let r = step.gates.row(row) + group * 48
        let (z, n) = (r + 16, r + 32)
        let recurrent = step.recurrent.row(row) + group * 48
        for lane in 0..<16 {
          let u = group * 16 + lane
          r[lane] = Scalar.sigmoid(r[lane] + recurrent[lane])
          z[lane] = Scalar.sigmoid(z[lane] + recurrent[16 + lane])
          kept[u] = recurrent[32 + lane]
          n[lane] = Scalar.tanh(n[lane] + r[lane] * kept[u])
          h[u] = (1 - z[lane]) * n[lane] + z[lane] * hPrevious[u]
        }
      }
    }
  }

  ///     dn = dh ⊙ (1-z) ⊙ (1-n²)          dz = dh ⊙ (h(t-1) - n) ⊙ z(1-z)
  ///     dr = dn ⊙ (U_n h(t-1) + b'_n) ⊙ r(1-r)
  ///     recurrent part of dn: dn ⊙ r      dh(t-1) += dh ⊙ z
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func backwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (hPrevious, kept) = (step.hPrevious.row(row), step.kept.row(row))
      let (dh, dhPrevious) = (step.dh.row(row), step.dhPrevious.row(row))
      for group in 0..<step.groups {
        let r = step.gates.row(row) + group * 48
        let (z, n) = (r + 16, r + 32)
        let dRecurrent = step.recurrent.row(row) + group * 48
        for lane in 0..<16 {
          let u = group * 16 + lane
          let (ru, zu, nu) = (r[lane], z[lane], n[lane])
          let dn = dh[u] * (1 - zu) * (1 - nu * nu)
          let dz = dh[u] * (hPrevious[u] - nu) * zu * (1 - zu)
          let dr = dn * kept[u] * ru * (1 - ru)
          r[lane] = dr
          z[lane] = dz
          n[lane] = dn
          dRecurrent[lane] = dr
          dRecurrent[16 + lane] = dz
          dRecurrent[32 + lane] = dn * ru
          dhPrevious[u] += dh[u] * zu
        }
      }
    }
  }
}

extension GRUCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let r = UnitFormula.sigmoid(step.gates[0] + step.recurrent[0])
    let z = UnitFormula.sigmoid(step.gates[1] + step.recurrent[1])
    let n = UnitFormula.tanh(step.gates[2] + r * step.recurrent[2])
    step.h = (1 - z) * n + z * step.hPrevious
  }
}

extension Cell where Self == GRUCell {
  package static var gru: GRUCell { GRUCell() }
}
