import CKernels
import Compute

/// Gated recurrent unit without a reset (relevance) gate; gate order z n:
///
///     z = σ(W_z x(t) + U_z h(t-1) + b_z)        n = tanh(W_n x(t) + U_n h(t-1) + b_n)
///     h(t) = (1 - z) ⊙ n + z ⊙ h(t-1)
///
/// Two thirds of a GRU's weights, and no product kept apart.
/// Source: Cho et al. (2014), with the reset gate fixed at 1.
package struct GRUSimpleCell: Cell {
  package init() {}

  package var name: String { "gru-simple" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<2)] }
  package var forgetGate: Int? { nil }
  package var hasCellState: Bool { false }
  package var keepsValue: Bool { false }

  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.forwardPortable(step) }
    native.pointee.gru_simple_forward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.hPrevious.float,
      step.hPrevious.stride, step.h.float, step.h.stride)
  }

  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.backwardPortable(step) }
    native.pointee.gru_simple_backward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.hPrevious.float,
      step.hPrevious.stride, step.dh.float, step.dh.stride, step.dhPrevious.float,
      step.dhPrevious.stride)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func forwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (hPrevious, h) = (step.hPrevious.row(row), step.h.row(row))
      for group in 0..<step.groups {
        let z = step.gates.row(row) + group * 32
        let n = z + 16
        for lane in 0..<16 {
          let u = group * 16 + lane
          z[lane] = Scalar.sigmoid(z[lane])
          n[lane] = Scalar.tanh(n[lane])
          h[u] = (1 - z[lane]) * n[lane] + z[lane] * hPrevious[u]
        }
      }
    }
  }

  ///     dn = dh ⊙ (1-z) ⊙ (1-n²)          dz = dh ⊙ (h(t-1) - n) ⊙ z(1-z)
  ///     dh(t-1) += dh ⊙ z
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func backwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (hPrevious, dh) = (step.hPrevious.row(row), step.dh.row(row))
      let dhPrevious = step.dhPrevious.row(row)
      for group in 0..<step.groups {
        let z = step.gates.row(row) + group * 32
        let n = z + 16
        for lane in 0..<16 {
          let u = group * 16 + lane
          let (zu, nu) = (z[lane], n[lane])
          n[lane] = dh[u] * (1 - zu) * (1 - nu * nu)
          z[lane] = dh[u] * (hPrevious[u] - nu) * zu * (1 - zu)
          dhPrevious[u] += dh[u] * zu
        }
      }
    }
  }
}

extension GRUSimpleCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let (z, n) = (UnitFormula.sigmoid(step.gates[0]), UnitFormula.tanh(step.gates[1]))
    step.h = (1 - z) * n + z * step.hPrevious
  }
}

extension Cell where Self == GRUSimpleCell {
  package static var gruSimple: GRUSimpleCell { GRUSimpleCell() }
}
