import TestSupport
import Testing
import Unroll

/// An operation as a user writes it: what it owes to its parameters goes through the public interface.
@Suite struct OwnDebtsTests {
  /// `Y = (X · Wᵀ) ⊙ g`, kept before the product with g: a matrix and a vector are owed.
  private struct GainedProduct: TapeOperation {
    let x: Consumer<Double>
    let y: Variable<Double>
    let weight: Parameter<Double>
    let gain: Parameter<Double>
    let product: Matrix<Double>
    let dProduct: Matrix<Double>
    let dGain: Matrix<Double>

    func forward(_ lane: Lane<Double>) {
      for row in y.ranges(of: lane).joined() {
        for out in 0..<y.columns {
          product[row, out] = (0..<x.value.columns).reduce(0) {
            $0 + x.value[row, $1] * weight.value[out * x.value.columns + $1]
          }
          y.value[row, out] = product[row, out] * gain.value[out]
        }
        for padding in y.columns..<y.value.paddedColumns { y.value[row, padding] = 0 }
      }
    }

    func backward(_ lane: Lane<Double>) {
      guard let dx = x.gradient, let dy = y.gradient else { return }
      for row in y.ranges(of: lane).joined() {
        for out in 0..<y.columns {
          dProduct[row, out] = dy[row, out] * gain.value[out]
          dGain[row, out] = dy[row, out] * product[row, out]
        }
        for place in 0..<dx.columns {
          let slope = (0..<y.columns).reduce(0) {
            $0 + dProduct[row, $1] * weight.value[$1 * dx.columns + place]
          }
          dx[row, place] = (x.isAdding ? dx[row, place] : 0) + slope
        }
        for padding in dx.columns..<dx.paddedColumns { dx[row, padding] = 0 }
      }
    }
  }

  @Test func gradients() throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [5, 3, 1]))
    let x = check.leaf(columns: 3)
    let weight = check.parameter("weight", 7, 3)
    let gain = check.parameter("gain", 7)
    try check.run {
      let (tape, x) = ($0.tape, $0[x])
      let y = tape.variable(columns: 7, plan: x.plan, extent: x.extent)
      func kept() -> Matrix<Double> {
        let matrix = tape.matrix(rows: x.value.rows, columns: 7)
        matrix.fill(0)
        return matrix
      }
      let operation = GainedProduct(
        x: x.consumed(), y: y, weight: weight, gain: gain, product: kept(), dProduct: kept(),
        dGain: kept())
      tape.oweProduct(of: operation.dProduct, and: x.value, to: weight, by: x)
      tape.oweSum(of: operation.dGain, to: gain, by: x)
      tape.record(operation)
      $0.probe(y)
    }
  }
}
