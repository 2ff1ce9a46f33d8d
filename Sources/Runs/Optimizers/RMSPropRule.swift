import CKernels
import Compute

/// Steps divided by the root of a mean of squares: `s = ρ s + (1-ρ) g²`, `w -= η g / (√s + ε)`.
/// Tieleman & Hinton 2012.
struct RMSPropRule: OptimizerRule {
  let rho: Double
  let epsilon: Double

  var momentNames: [String] { ["mean_square"] }

  func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {
    constants.second = S(rho)
    constants.epsilon = S(epsilon)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func step<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    if let native = S.native { return weights.run(native.pointee.step_rmsprop, c) }
    let s = weights.moment(0)
    weights.step(c) { i, gradient in
      let square = c.second * s[i] + (1 - c.second) * gradient * gradient
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
    s.pointee = c.second * s.pointee + (1 - c.second) * weights.meanOfSquares(c)
    let scale = c.rate / (s.pointee.squareRoot() + c.epsilon)
    weights.step(c) { _, gradient in scale * gradient }
  }
}
