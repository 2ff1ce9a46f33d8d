import Compute

/// Gated recurrent unit with the reset gate before the recurrent product; gate order r z n:
///
///     r, z = σ(W x(t) + U h(t-1) + b)
///     n = tanh(W_n x(t) + U_n (r ⊙ h(t-1)) + b_n)
///     h(t) = (1 - z) ⊙ n + z ⊙ h(t-1)
///
/// Two products a step, since the second needs r. Weights do not convert to or from `GRUCell`.
/// Source: Cho et al., "Learning Phrase Representations" (2014), third version.
package struct GRUResetBeforeCell: Cell {
  package init() {}

  package var name: String { "gru-reset-before" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<2), CellStage(blocks: 2..<3)] }
  package var forgetGate: Int? { nil }
  package var hasCellState: Bool { false }
  /// `r ⊙ h(t-1)`, the source of the second product.
  package var keepsValue: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    let count = step.groups * 16
    for row in 0..<step.rows {
      let hPrevious = step.hPrevious.row(row)
      if stage == 0 {
        let (gates, kept) = (step.gates.row(row), step.kept.row(row))
        Activations.sigmoid(gates, into: gates, count: 2 * count)
        for group in 0..<step.groups {
          for lane in 0..<16 {
            let u = group * 16 + lane
            kept[u] = gates[group * 32 + lane] * hPrevious[u]
          }
        }
      } else {
        let (n, h) = (step.gates.row(row), step.h.row(row))
        Activations.tanh(n, into: n, count: count)
        for group in 0..<step.groups {
          let z = step.firstGates.row(row) + group * 32 + 16
          for lane in 0..<16 {
            let u = group * 16 + lane
            h[u] = n[u] + z[lane] * (hPrevious[u] - n[u])
          }
        }
      }
    }
  }

  /// Second stage: `dn = dh ⊙ (1-z) ⊙ (1-n²)`, `dz = dh ⊙ (h(t-1) - n) ⊙ z(1-z)`,
  /// `dh(t-1) += dh ⊙ z`. First stage, with `d` the gradient of r ⊙ h(t-1):
  /// `dr = d ⊙ h(t-1) ⊙ r(1-r)`, `dh(t-1) += d ⊙ r`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (hPrevious, dhPrevious) = (step.hPrevious.row(row), step.dhPrevious.row(row))
      for group in 0..<step.groups {
        if stage == 1 {
          let z = step.firstGates.row(row) + group * 32 + 16
          let (n, dh) = (step.gates.row(row), step.dh.row(row))
          for lane in 0..<16 {
            let u = group * 16 + lane
            let (zu, nu) = (z[lane], n[u])
            n[u] = dh[u] * (1 - zu) * (1 - nu * nu)
            z[lane] = dh[u] * (hPrevious[u] - nu) * zu * (1 - zu)
            dhPrevious[u] += dh[u] * zu
          }
        } else {
          let r = step.gates.row(row) + group * 32
          let d = step.dSource.row(row)
          for lane in 0..<16 {
            let u = group * 16 + lane
            let ru = r[lane]
            r[lane] = d[u] * hPrevious[u] * ru * (1 - ru)
            dhPrevious[u] += d[u] * ru
          }
        }
      }
    }
  }
}

extension GRUResetBeforeCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    if stage == 0 {
      step.gates = step.gates.map { .sigmoid($0) }
      step.kept = step.gates[0] * step.hPrevious
    } else {
      let (z, n) = (step.firstGates[1], UnitFormula.tanh(step.gates[0]))
      step.h = n + z * (step.hPrevious - n)
    }
  }
}

extension Cell where Self == GRUResetBeforeCell {
  package static var gruResetBefore: GRUResetBeforeCell { GRUResetBeforeCell() }
}
