import CKernels
import Compute

/// A cell whose state is linear in the state before, with coefficients that x(t) alone decides:
///
///     h(t) = h(t-1) + z ⊙ (n - h(t-1))  =  (1-z) ⊙ h(t-1) + z ⊙ n
///
/// Several steps on end are of this form too, so time can be cut into pieces: see
/// `Recurrence+Scan.swift`. There is one stage, which is not recurrent.
package protocol LinearCell: Cell {
  /// Pre-activations are complete: turn them into activations.
  func activate<S: MatrixElement>(_ step: CellStep<S>)
  /// z and n of a step that is active.
  func mixture<S: MatrixElement>(_ step: CellStep<S>) -> Mixture<S>
}

extension LinearCell {
  /// A scan passes every state on.
  package var allowsZoneout: Bool { false }
  package var forgetGate: Int? { nil }
  package var hasCellState: Bool { false }

  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    activate(step)
    mixture(step).advance(step.hPrevious, into: step.h, rows: step.rows, groups: step.groups)
  }
}

extension StepFormula {
  /// `h = h(t-1) + z ⊙ (n - h(t-1))`
  mutating func mix(_ z: UnitFormula, _ n: UnitFormula) {
    h = hPrevious + z * (n - hPrevious)
  }
}

/// z and n of a step, for some rows and groups of 16 units.
package struct Mixture<S: MatrixElement> {
  let z: Block<S>
  /// Elements from one group to the next.
  let zStep: Int
  let n: Block<S>
  let nStep: Int

  /// `h = before + z ⊙ (n - before)`. h may be `before`.
  func advance(_ before: Block<S>, into h: Block<S>, rows: Int, groups: Int) {
    guard let native = S.native else {
      return advancePortable(before, into: h, rows: rows, groups: groups)
    }
    native.pointee.mix(
      rows, groups, z.float, z.stride, zStep, n.float, n.stride, nStep, before.float,
      before.stride, h.float, h.stride)
  }

  /// What is left of a state after many steps: `left = left ⊙ (1-z)`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func decay(_ left: Block<S>, rows: Int, groups: Int) {
    for row in 0..<rows {
      let (left, z) = (left.row(row), z.row(row))
      for group in 0..<groups {
        for lane in 0..<16 {
          let u = group * 16 + lane
          left[u] -= z[group * zStep + lane] * left[u]
        }
      }
    }
  }

  /// The gradient of the state before: `d = (d + dh) ⊙ (1-z)`, d that of the state from later steps.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func retreat(_ d: Block<S>, dh: Block<S>, rows: Int, groups: Int) {
    for row in 0..<rows {
      let (d, dh, z) = (d.row(row), dh.row(row), z.row(row))
      for group in 0..<groups {
        for lane in 0..<16 {
          let u = group * 16 + lane
          let sum = d[u] + dh[u]
          d[u] = sum - z[group * zStep + lane] * sum
        }
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func advancePortable(_ before: Block<S>, into h: Block<S>, rows: Int, groups: Int) {
    for row in 0..<rows {
      let (before, h, z, n) = (before.row(row), h.row(row), z.row(row), n.row(row))
      for group in 0..<groups {
        for lane in 0..<16 {
          let u = group * 16 + lane
          h[u] = before[u] + z[group * zStep + lane] * (n[group * nStep + lane] - before[u])
        }
      }
    }
  }
}
