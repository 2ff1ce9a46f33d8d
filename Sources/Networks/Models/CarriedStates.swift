import Autodiff
import Compute
import Parallel

/// Recurrent states that outlive a minibatch: the next one starts where the last one ended.
///
/// `[rows, columns]` for h of every layer, and for c where the cell has one.
package final class CarriedStates<S: MatrixElement>: Sendable {
  package let rows: Int
  package let layerCount: Int
  /// For each layer h, then c.
  package let matrices: [(name: String, matrix: Matrix<S>)]
  private let buffers: [AlignedBuffer<S>]
  private let perLayer: Int

  package convenience init(_ configuration: LanguageModelConfiguration, rows: Int) {
    self.init(configuration.stack, rows: rows)
  }

  /// - Parameter configuration: of unidirectional layers; a reverse direction carries nothing.
  package init(_ configuration: StackConfiguration, rows: Int) {
    precondition(!configuration.isBidirectional, "a reverse direction carries no state")
    self.rows = rows
    layerCount = configuration.layerCount
    let states = Array(zip(["h", "c"], configuration.stateSizes))
    perLayer = states.count
    var matrices: [(String, Matrix<S>)] = []
    var buffers: [AlignedBuffer<S>] = []
    for layer in 0..<configuration.layerCount {
      for (name, columns) in states {
        let stride = Matrix<S>.stride(forColumns: columns)
        let buffer = AlignedBuffer<S>(count: rows * stride)
        buffers.append(buffer)
        matrices.append(
          (
            "\(name)_l\(layer)",
            Matrix(base: buffer.base, rows: rows, columns: columns, stride: stride)
          ))
      }
    }
    self.matrices = matrices
    self.buffers = buffers
  }

  /// Back to zeros: the beginning of a text.
  package func reset() { for (_, matrix) in matrices { matrix.fill(0) } }

  /// The states as variables without gradients: truncated backpropagation stops here.
  package func variables(_ plan: RowPlan, on tape: Tape<S>) -> [RecurrentState<S>?] {
    let active = plan.layout.rowCount
    precondition(active <= rows, "\(active) rows, states for \(rows)")
    func variable(_ index: Int) -> Variable<S> {
      tape.variable(
        value: matrices[index].matrix.rows(0..<active), plan: plan, extent: .sequences,
        needsGradient: false)
    }
    return (0..<layerCount).map { layer in
      RecurrentState(
        h: variable(layer * perLayer), c: perLayer > 1 ? variable(layer * perLayer + 1) : nil)
    }
  }

  /// Takes over the states that a minibatch ended with. After its region.
  package func capture(_ final: [RecurrentState<S>]) {
    for (layer, state) in final.enumerated() {
      matrices[layer * perLayer].matrix.rows(0..<state.h.value.rows).copy(from: state.h.value)
      if let c = state.c {
        matrices[layer * perLayer + 1].matrix.rows(0..<c.value.rows).copy(from: c.value)
      }
    }
  }
}
