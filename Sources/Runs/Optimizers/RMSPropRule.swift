import CKernels
import Compute

/// Steps divided by the root of a mean of squares.
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

  func step<S: MatrixElement>(_ range: WeightRange<S>, _ c: StepConstants<S>) {
    guard let native = S.native else {
      return stepRMSProp(
        range.weights, range.gradients, range.moment(0), range.count, range.factor, c)
    }
    var constants = c.kernel(factor: range.factor)
    native.pointee.step_rmsprop(
      range.count, range.weights.float, range.gradients.float, range.moment(0).float, &constants)
  }
}

/// `s = ρ s + (1-ρ) g²`, `w -= η g / (√s + ε)`. Tieleman & Hinton 2012.
@specialized(where S == Float)
@specialized(where S == Double)
private func stepRMSProp<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ s: UnsafeMutablePointer<S>,
  _ count: Int, _ factor: S, _ c: StepConstants<S>
) {
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    let square = c.second * s[i] + (1 - c.second) * gradient * gradient
    s[i] = square
    w[i] = w[i] * c.shrink - c.rate * gradient / (square.squareRoot() + c.epsilon)
  }
}
