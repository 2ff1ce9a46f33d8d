import CKernels
import Compute

/// A simple recurrent network whose units are updated at different rates: those of group g at every
/// 2^g-th step, beginning with the first.
///
///     h(t) = tanh(W x(t) + U h(t-1) + b)  where the period of the unit divides t,  else h(t-1)
///
/// Eight groups, as equal as they can be and the fastest first (one a unit in layers of fewer units);
/// a group reads itself and slower ones, so the rows of `weight_hh` begin with zeros that stay zero.
///
/// The steps are counted from the beginning of the sequence, not of the minibatch: the second state
/// c holds, for every unit, how many steps ago it was updated last, 0 when it is due. It is carried
/// from window to window with h, and rests in checkpoints.
///
/// All units are computed at every step and those not due are thrown away; products with zeros are
/// left out.
/// Source: Koutník et al., "A Clockwork RNN" (2014).
package struct ClockworkCell: Cell {
  package init() {}

  /// Periods 1, 2, 4 … 128.
  package static var groupCount: Int { 8 }

  /// The group of `unit` among `units`.
  static func group(of unit: Int, units: Int) -> Int {
    let groups = min(groupCount, units)
    return min(unit * groups / units, groups - 1)
  }

  package var name: String { "clockwork" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<1)] }
  package var forgetGate: Int? { nil }
  /// Steps since the last update.
  package var hasCellState: Bool { true }
  /// A clock that stands still for a step would turn the periods into noise.
  package var allowsZoneout: Bool { false }
  package var keepsValue: Bool { false }

  /// The units of faster groups.
  package func unreadColumns(hiddenSize: Int) -> [Int]? {
    let groups = (0..<hiddenSize).map { Self.group(of: $0, units: hiddenSize) }
    return groups.map { group in groups.firstIndex(of: group) ?? 0 }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    let count = step.groups * PanelLayout.lane
    withUnsafeTemporaryAllocation(of: S.self, capacity: count) { periods in
      guard let periods = periods.baseAddress else { return }
      for u in 0..<count {
        periods[u] = S(1 << Self.group(of: step.firstUnit + u, units: step.hiddenSize))
      }
      guard let native = S.native else { return Self.forwardPortable(step, periods) }
      native.pointee.clockwork_forward(
        step.rows, step.groups, step.gates.float, step.gates.stride,
        Block(periods, stride: 0).float, step.cPrevious.float, step.cPrevious.stride,
        step.c.float, step.c.stride, step.hPrevious.float, step.hPrevious.stride, step.h.float,
        step.h.stride)
    }
  }

  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    guard let native = S.native else { return Self.backwardPortable(step) }
    native.pointee.clockwork_backward(
      step.rows, step.groups, step.cPrevious.float, step.cPrevious.stride, step.c.float,
      step.c.stride, step.h.float, step.h.stride, step.dh.float, step.dh.stride,
      step.gates.float, step.gates.stride, step.dc.float, step.dc.stride,
      step.dhPrevious.float, step.dhPrevious.stride)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func forwardPortable<S: MatrixElement>(_ step: CellStep<S>, _ periods: UnsafePointer<S>) {
    let count = step.groups * PanelLayout.lane
    for row in 0..<step.rows {
      let (cPrevious, c) = (step.cPrevious.row(row), step.c.row(row))
      let (gates, hPrevious, h) = (step.gates.row(row), step.hPrevious.row(row), step.h.row(row))
      for u in 0..<count {
        let next = cPrevious[u] + 1
        // A state that somebody made up may be anything: near zero counts as zero.
        h[u] = next <= 1.5 ? Scalar.tanh(gates[u]) : hPrevious[u]
        c[u] = next < periods[u] - 0.5 ? next : 0
      }
    }
  }

  /// Where the unit was updated: `da = dh ⊙ (1-h²)`; else `dh(t-1) += dh`. The count passes its
  /// gradient on, `dc(t-1) = dc`, until it starts anew.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func backwardPortable<S: MatrixElement>(_ step: CellStep<S>) {
    let count = step.groups * PanelLayout.lane
    for row in 0..<step.rows {
      let (cPrevious, c, dc) = (step.cPrevious.row(row), step.c.row(row), step.dc.row(row))
      let (h, dh, da) = (step.h.row(row), step.dh.row(row), step.gates.row(row))
      let dhPrevious = step.dhPrevious.row(row)
      for u in 0..<count {
        let isDue = cPrevious[u] + 1 <= 1.5
        da[u] = isDue ? dh[u] * (1 - h[u] * h[u]) : 0
        dhPrevious[u] += isDue ? 0 : dh[u]
        dc[u] = c[u] == 0 ? 0 : dc[u]
      }
    }
  }
}

extension ClockworkCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let size = step.hiddenSize
    let last = UnitFormula.units(
      (0..<size).map { Double(1 << Self.group(of: $0, units: size)) - 0.5 })
    let next = step.cPrevious + 1
    step.h = .choice(next, isAtMost: 1.5, .tanh(step.gates[0]), else: step.hPrevious)
    // Strictly below: a count is never half a step away.
    step.c = .choice(next, isAtMost: last, next, else: 0)
  }
}

extension Cell where Self == ClockworkCell {
  package static var clockwork: ClockworkCell { ClockworkCell() }
}
