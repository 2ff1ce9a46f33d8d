import Autodiff
import Compute
import Networks
import Parallel
import TestSupport
import Testing

/// What has gone wrong shows: no cell makes a number of a NaN, so that no such network is the best one.
@Suite struct NotANumberTests {
  @Test(arguments: Cells.all)
  func cellsKeepIt(cell: any Cell) {
    check(cell, of: Float.self)
    check(cell, of: Double.self)
  }

  /// Of two rows the first has a NaN at its second step.
  private func check<S: MatrixElement>(_ cell: any Cell, of type: S.Type) {
    let (layout, hidden) = (SequenceLayout(rows: 2, steps: 4), 32)
    let check = OperationCheck<S>(layout)
    let x = check.leaf(columns: 3)
    check[x][layout.offsets[1] * 3 + 1] = .nan
    let layer = RecurrentLayer(
      cell, inputSize: 3, hiddenSize: hidden, prefix: "", suffix: "",
      initialization: RecurrentInitialization(), precision: .f32, in: check.parameters)
    let h = check.evaluate(training: false) { $0.probe($0.tape.recurrence($0[x], layer).output) }
      .probed[0]
    for step in 0..<4 {
      for row in 0..<2 {
        let start = (layout.offsets[step] + row) * hidden
        let count = h[start..<start + hidden].count(where: \.isNaN)
        let isSpoilt = row == 0 && step > 0
        // Of a clockwork network those panels that are at their step.
        #expect(
          cell.name == "clockwork" && isSpoilt ? count > 0 : count == (isSpoilt ? hidden : 0),
          "\(cell.name), step \(step), row \(row): \(count)")
      }
    }
  }
}
