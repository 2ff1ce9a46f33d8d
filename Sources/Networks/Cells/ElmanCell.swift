import Compute

/// The simple recurrent network: `h(t) = f(W x(t) + U h(t-1) + b)`, f = tanh or relu.
///
/// Source: Elman, "Finding Structure in Time" (1990). Cost a unit: one activation.
package struct ElmanCell: Cell {
  package enum Activation: Sendable { case tanh, relu }
  package let activation: Activation

  package init(_ activation: Activation = .tanh) { self.activation = activation }

  package var name: String { activation == .tanh ? "rnn" : "rnn-relu" }
  package var stages: [CellStage] { [CellStage(blocks: 0..<1)] }
  package var forgetGate: Int? { nil }
  package var hasCellState: Bool { false }
  package var keepsValue: Bool { false }

  package func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    let count = step.groups * PanelLayout.lane
    for row in 0..<step.rows {
      switch activation {
      case .tanh: Activations.tanh(step.gates.row(row), into: step.h.row(row), count: count)
      case .relu: relu(step.gates.row(row), into: step.h.row(row), count: count)
      }
    }
  }

  /// `da = dh ⊙ f'`, where f' is `1 - h²` for tanh and `h > 0` for relu.
  package func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    switch activation {
    case .tanh: tanhBackward(step.gates, y: step.h, dy: step.dh, step.rows, step.groups)
    case .relu:
      let count = step.groups * PanelLayout.lane
      for row in 0..<step.rows {
        reluBackward(step.gates.row(row), step.h.row(row), step.dh.row(row), count)
      }
    }
  }
}

extension ElmanCell: FormulaCell {
  package func formula(stage: Int, _ step: inout StepFormula) {
    let a = step.gates[0]
    step.h = activation == .tanh ? .tanh(a) : .maximum(a, 0)
  }
}

extension Cell where Self == ElmanCell {
  package static var rnn: ElmanCell { ElmanCell(.tanh) }
  package static var rnnReLU: ElmanCell { ElmanCell(.relu) }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func relu<S: MatrixElement>(
  _ a: UnsafePointer<S>, into h: UnsafeMutablePointer<S>, count: Int
) {
  // A NaN stays one.
  for u in 0..<count { h[u] = a[u] < 0 ? 0 : a[u] }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func reluBackward<S: MatrixElement>(
  _ da: UnsafeMutablePointer<S>, _ h: UnsafePointer<S>, _ dh: UnsafePointer<S>, _ count: Int
) {
  for u in 0..<count { da[u] = h[u] > 0 ? dh[u] : 0 }
}
