import Compute

/// Structurally constrained recurrent network: units that change slowly beside ordinary ones.
///
///     s(t) = (1 - α) (B x(t) + b) + α s(t-1)
///     h(t) = σ(P s(t) + A x(t) + R h(t-1) + b)
///
/// A layer's units are h and then s, the last quarter (the paper's word models take 40 of 140), so
/// that whatever reads the layer sees both: an output layer on it is the paper's `U h(t) + V s(t)`.
/// `weight_ih` is A above B, `weight_hh` is (R P) above zeros that stay zero. α = 0.95 is fixed.
///
/// s(t) is there before the recurrent product, which reads h(t-1) and s(t); it costs no product of
/// its own. A gradient leaves s by a factor α a step, whatever the weights: half is left after 13
/// steps, where that of h may have vanished.
///
/// Source: Mikolov et al., "Learning Longer Memory in Recurrent Neural Networks" (2015), equations
/// 3 to 5. Biases, which the paper does not have, are as in the other cells.
package struct SCRNCell: Cell {
  /// How much of s stays from step to step.
  package let alpha: Double

  package init(alpha: Double = 0.95) { self.alpha = alpha }

  /// Units of h among the units of a layer; the others are s.
  package static func hiddenCount(of units: Int) -> Int { units - units / 4 }

  package var name: String { "scrn" }
  package var stages: [CellStage] {
    [
      CellStage(blocks: 0..<1, isRecurrent: false),
      CellStage(blocks: 0..<1, readsInput: false),
    ]
  }
  package var forgetGate: Int? { nil }
  package var hasCellState: Bool { false }
  /// h(t-1) and s(t), the source of the product.
  package var keepsValue: Bool { true }

  /// s reads nothing.
  package func unreadColumns(hiddenSize: Int) -> [Int]? {
    (0..<hiddenSize).map { $0 < Self.hiddenCount(of: hiddenSize) ? 0 : hiddenSize }
  }

  /// Units of h in a step of some groups; padding counts as s.
  private func hiddenUnits<S: MatrixElement>(of step: CellStep<S>) -> Int {
    let count = Self.hiddenCount(of: step.hiddenSize) - step.firstUnit
    return max(0, min(count, step.groups * PanelLayout.lane))
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    let (hidden, count) = (hiddenUnits(of: step), step.groups * PanelLayout.lane)
    let (alpha, rest) = (S(alpha), S(1 - alpha))
    for row in 0..<step.rows {
      let (gates, kept) = (step.gates.row(row), step.kept.row(row))
      if stage == 0 {
        let previous = step.hPrevious.row(row)
        kept.update(from: previous, count: hidden)
        for u in hidden..<count { kept[u] = rest * gates[u] + alpha * previous[u] }
      } else {
        let h = step.h.row(row)
        Activations.sigmoid(gates, into: h, count: hidden)
        (h + hidden).update(from: kept + hidden, count: count - hidden)
      }
    }
  }

  /// Second stage: `da = dh ⊙ h(1-h)`. First stage, with `d` the gradient of (h(t-1), s(t)) through
  /// the product: `dh(t-1) += d`; `ds(t) = d + ds` from above and later, of which (1-α) goes to the
  /// pre-activation and α to s(t-1).
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    let (hidden, count) = (hiddenUnits(of: step), step.groups * PanelLayout.lane)
    if stage == 1 {
      sigmoidBackward(step.gates, y: step.h, dy: step.dh, step.rows, step.groups)
      // s has no part in the product that comes next.
      for row in 0..<step.rows {
        (step.gates.row(row) + hidden).clear(count: count - hidden)
      }
      return
    }
    let (alpha, rest) = (S(alpha), S(1 - alpha))
    for row in 0..<step.rows {
      let (d, dh, gates) = (step.dSource.row(row), step.dh.row(row), step.gates.row(row))
      let dPrevious = step.dhPrevious.row(row)
      for u in 0..<hidden { dPrevious[u] += d[u] }
      for u in hidden..<count {
        let ds = d[u] + dh[u]
        gates[u] = rest * ds
        dPrevious[u] += alpha * ds
      }
    }
  }
}

extension SCRNCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let hidden = Self.hiddenCount(of: step.hiddenSize)
    let isHidden = UnitFormula.units((0..<step.hiddenSize).map { $0 < hidden ? 1 : 0 })
    func joined(_ h: UnitFormula, _ s: UnitFormula) -> UnitFormula {
      isHidden * h + (1 - isHidden) * s
    }
    if stage == 0 {
      let s = .constant(1 - alpha) * step.gates[0] + .constant(alpha) * step.hPrevious
      step.kept = joined(step.hPrevious, s)
    } else {
      step.h = joined(.sigmoid(step.gates[0]), step.kept)
    }
  }
}

extension Cell where Self == SCRNCell {
  package static var scrn: SCRNCell { SCRNCell() }
}
