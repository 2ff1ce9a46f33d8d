import CKernels
import Compute

/// The minimal GRU, whose gates do not see the state; gate order z n:
///
///     z = σ(W_z x(t) + b_z)        n = W_n x(t) + b_n
///     h(t) = (1 - z) ⊙ h(t-1) + z ⊙ n
///
/// No recurrent matrix and no tanh: a layer mixes units through its input only, so models stack
/// several. (A GRU's z has the opposite meaning.)
/// Source: Feng et al., "Were RNNs All We Needed?" (2024), section 3.1.
package struct MinGRUCell: LinearCell {
  package init() {}

  package var name: String { "mingru" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<2, isRecurrent: false)] }
  package var keepsValue: Bool { false }

  package func activate<S: MatrixElement>(_ step: CellStep<S>) {
    guard let native = S.native else { return Self.activatePortable(step) }
    native.pointee.min_gru_activate(step.rows, step.groups, step.gates.float, step.gates.stride)
  }

  package func mixture<S: MatrixElement>(_ step: CellStep<S>) -> Mixture<S> {
    Mixture(
      z: step.gates, zStep: 32, n: Block(step.gates.base + 16, stride: step.gates.stride),
      nStep: 32)
  }

  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.backwardPortable(step) }
    native.pointee.min_gru_backward(
      step.rows, step.groups, step.gates.float, step.gates.stride, step.hPrevious.float,
      step.hPrevious.stride, step.dh.float, step.dh.stride, step.dhPrevious.float,
      step.dhPrevious.stride)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func activatePortable<S: MatrixElement>(_ step: CellStep<S>) {
    for row in 0..<step.rows {
      for group in 0..<step.groups {
        let z = step.gates.row(row) + group * 32
        for lane in 0..<16 { z[lane] = Scalar.sigmoid(z[lane]) }
      }
    }
  }

  ///     dz = dh ⊙ (n - h(t-1)) ⊙ z(1-z)        dn = dh ⊙ z        dh(t-1) += dh ⊙ (1-z)
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
          let zu = z[lane]
          z[lane] = dh[u] * (n[lane] - hPrevious[u]) * zu * (1 - zu)
          n[lane] = dh[u] * zu
          dhPrevious[u] += dh[u] * (1 - zu)
        }
      }
    }
  }
}

extension MinGRUCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    step.mix(.sigmoid(step.gates[0]), step.gates[1])
  }
}

extension Cell where Self == MinGRUCell {
  package static var minGRU: MinGRUCell { MinGRUCell() }
}
