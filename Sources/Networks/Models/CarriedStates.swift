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
  ///
  /// - Parameter rows: nil: all.
  package func reset(_ rows: [Int]? = nil) {
    for (_, matrix) in matrices {
      guard let rows else {
        matrix.fill(0)
        continue
      }
      for row in rows { matrix.rows(row..<row + 1).fill(0) }
    }
  }

  /// The states as variables without gradients: truncated backpropagation stops here.
  ///
  /// - Parameter chosen: the row that each row of the plan goes on from, of which a copy is made; nil: those
  ///   from the first on.
  package func variables(
    _ plan: RowPlan, rows chosen: [Int]? = nil, on tape: Tape<S>
  ) -> [RecurrentState<S>?] {
    let active = plan.layout.rowCount
    precondition(active <= rows, "\(active) rows, states for \(rows)")
    func value(_ matrix: Matrix<S>) -> Matrix<S> {
      guard let chosen else { return matrix.rows(0..<active) }
      let copy = tape.arena.matrix(rows: active, columns: matrix.columns)
      for (row, source) in chosen.enumerated() {
        copy.rows(row..<row + 1).copy(from: matrix.rows(source..<source + 1))
      }
      return copy
    }
    func variable(_ index: Int) -> Variable<S> {
      tape.variable(
        value: value(matrices[index].matrix), plan: plan, extent: .sequences,
        needsGradient: false)
    }
    return (0..<layerCount).map { layer in
      RecurrentState(
        h: variable(layer * perLayer), c: perLayer > 1 ? variable(layer * perLayer + 1) : nil)
    }
  }

  /// Takes over the states that a minibatch ended with. After its region.
  ///
  /// - Parameter rows: where each of its rows goes; nil: to the first ones.
  package func capture(_ final: [RecurrentState<S>], rows: [Int]? = nil) {
    func capture(_ value: Matrix<S>, _ place: Int) {
      let matrix = matrices[place].matrix
      guard let rows else { return matrix.rows(0..<value.rows).copy(from: value) }
      for (row, target) in rows.enumerated() {
        matrix.rows(target..<target + 1).copy(from: value.rows(row..<row + 1))
      }
    }
    for (layer, state) in final.enumerated() {
      capture(state.h.value, layer * perLayer)
      if let c = state.c { capture(c.value, layer * perLayer + 1) }
    }
  }
}
