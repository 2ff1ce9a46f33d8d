import Autodiff
import Compute
import Parallel

/// Recurrent states that outlive a minibatch: the next one starts where the last one ended.
///
/// `[rows, columns]` for h of every layer, and for c where the cell has one; behind them the last tokens, where
/// n-grams need them (`NGramFeatures`).
package final class CarriedStates<S: MatrixElement>: Sendable {
  package let rows: Int
  package let layerCount: Int
  /// For each layer h, then c; then the last tokens.
  package let matrices: [(name: String, matrix: Matrix<S>)]
  private let owned: [OwnedMatrix<S>]
  private let perLayer: Int

  package convenience init(_ configuration: LanguageModelConfiguration, rows: Int) {
    self.init(
      configuration.stack, history: configuration.ngrams?.historyLength ?? 0, rows: rows)
  }

  /// - Parameters:
  ///   - configuration: of unidirectional layers; a reverse direction carries nothing.
  ///   - history: tokens that are kept.
  package init(_ configuration: StackConfiguration, history: Int = 0, rows: Int) {
    precondition(!configuration.isBidirectional, "a reverse direction carries no state")
    self.rows = rows
    layerCount = configuration.layerCount
    let states = Array(zip(["h", "c"], configuration.stateSizes))
    perLayer = states.count
    var names = (0..<layerCount).flatMap { layer in
      states.map { (name: "\($0)_l\(layer)", columns: $1) }
    }
    if history > 0 { names.append(("history", history)) }
    owned = names.map { OwnedMatrix(rows: rows, columns: $0.columns) }
    matrices = zip(names, owned).map { ($0.name, $1.matrix) }
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
  /// - Parameters:
  ///   - chosen: the row that each row of the plan goes on from, of which a copy is made; nil: those from the
  ///     first on.
  ///   - isCounted: whether only the memory for it is asked for, and nothing touched.
  package func variables(
    _ plan: RowPlan, rows chosen: [Int]? = nil, isCounted: Bool = false, on tape: Tape<S>
  ) -> [RecurrentState<S>?] {
    let active = plan.layout.rowCount
    precondition(active <= rows, "\(active) rows, states for \(rows)")
    func value(_ matrix: Matrix<S>) -> Matrix<S> {
      guard let chosen else { return matrix.rows(0..<active) }
      let copy = tape.arena.matrix(rows: active, columns: matrix.columns)
      for (row, source) in chosen.enumerated() where !isCounted {
        copy.rows(row..<row + 1).copy(from: matrix.rows(source..<source + 1))
      }
      return copy
    }
    func variable(_ index: Int) -> Variable<S> {
      tape.variable(
        value: value(matrices[index].matrix), plan: plan, extent: .sequences,
        needsGradient: false)
    }
    let layers = (0..<layerCount).map { layer in
      RecurrentState(
        h: variable(layer * perLayer), c: perLayer > 1 ? variable(layer * perLayer + 1) : nil)
    }
    let history = layerCount * perLayer
    return layers + (history < matrices.count ? [RecurrentState(h: variable(history))] : [])
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
    // Tokens are a last state without c.
    for (layer, state) in final.enumerated() {
      capture(state.h.value, layer * perLayer)
      if let c = state.c { capture(c.value, layer * perLayer + 1) }
    }
  }
}
