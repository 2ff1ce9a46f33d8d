import CKernels
import Compute

/// Steps divided by the root of the sum of all squares so far.
struct AdagradRule: OptimizerRule {
  let epsilon: Double

  var momentNames: [String] { ["sum_of_squares"] }

  func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {
    constants.epsilon = S(epsilon)
  }

  func step<S: MatrixElement>(_ range: WeightRange<S>, _ c: StepConstants<S>) {
    guard let native = S.native else {
      return stepAdagrad(
        range.weights, range.gradients, range.moment(0), range.count, range.factor, c)
    }
    var constants = c.kernel(factor: range.factor)
    native.pointee.step_adagrad(
      range.count, range.weights.float, range.gradients.float, range.moment(0).float, &constants)
  }
}

/// `s += g²`, `w -= η g / (√s + ε)`. Duchi et al. 2011.
@specialized(where S == Float)
@specialized(where S == Double)
private func stepAdagrad<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ s: UnsafeMutablePointer<S>,
  _ count: Int, _ factor: S, _ c: StepConstants<S>
) {
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    let square = s[i] + gradient * gradient
    s[i] = square
    w[i] = w[i] * c.shrink - c.rate * gradient / (square.squareRoot() + c.epsilon)
  }
}
