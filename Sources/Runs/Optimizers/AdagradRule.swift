import CKernels
import Compute

/// Steps divided by the root of the sum of all squares so far: `s += g²`, `w -= η g / (√s + ε)`.
/// Duchi et al. 2011.
struct AdagradRule: OptimizerRule {
  let epsilon: Double

  var momentNames: [String] { ["sum_of_squares"] }

  func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {
    constants.epsilon = S(epsilon)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func step<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    if let native = S.native { return weights.run(native.pointee.step_adagrad, c) }
    let s = weights.moment(0)
    weights.step(c) { i, gradient in
      let square = s[i] + gradient * gradient
      s[i] = square
      return c.rate * gradient / (square.squareRoot() + c.epsilon)
    }
  }

  var hasRowMoments: Bool { true }

  /// With one s for the row, of the mean of its g².
  @specialized(where S == Float)
  @specialized(where S == Double)
  func stepRow<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    guard let s = weights.rowMoment else { preconditionFailure("no moment of the row") }
    s.pointee += weights.meanOfSquares(c)
    let scale = c.rate / (s.pointee.squareRoot() + c.epsilon)
    weights.step(c) { _, gradient in scale * gradient }
  }
}
