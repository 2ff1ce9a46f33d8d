import CKernels
import Compute

/// The recurrent network that remembers its output instead of its hidden layer:
///
///     a(t) = tanh(W x(t) + U y(t-1) + b)        y(t) = σ(V a(t) + c)
///
/// The layer's state and output is y, with as many units as a. `weight_hh` holds U above V,
/// `weight_ih` holds W alone. Two products a step; the second does not read the input.
///
/// Source: Jordan, "Serial Order" (1986), whose state units read the output; here without his decay,
/// as Elman (1990) and Mesnil et al. (2013) compare it. Mesnil's y is the classifier's softmax over
/// labels; a sigmoid keeps the layer independent of what is stacked on it.
package struct JordanCell: Cell {
  package init() {}

  package var name: String { "jordan" }
  package var stages: [CellStage] {
    [CellStage(blocks: 0..<1), CellStage(blocks: 1..<2, readsInput: false)]
  }
  package var forgetGate: Int? { nil }
  package var hasCellState: Bool { false }
  /// a, the source of the second product.
  package var keepsValue: Bool { true }

  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    let count = step.groups * PanelLayout.lane
    for row in 0..<step.rows {
      if stage == 0 {
        Activations.tanh(step.gates.row(row), into: step.kept.row(row), count: count)
      } else {
        Activations.sigmoid(step.gates.row(row), into: step.h.row(row), count: count)
      }
    }
  }

  /// `dc = dy ⊙ y(1-y)`; with `d` the gradient of a: `db = d ⊙ (1-a²)`.
  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    if stage == 1 {
      sigmoidBackward(step.gates, y: step.h, dy: step.dh, step.rows, step.groups)
    } else {
      tanhBackward(step.gates, y: step.kept, dy: step.dSource, step.rows, step.groups)
    }
  }
}

extension JordanCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    if stage == 0 {
      step.kept = .tanh(step.gates[0])
    } else {
      step.h = .sigmoid(step.gates[0])
    }
  }
}

extension Cell where Self == JordanCell {
  package static var jordan: JordanCell { JordanCell() }
}
