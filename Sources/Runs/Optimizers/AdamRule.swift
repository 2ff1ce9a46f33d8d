import CKernels
import Compute

/// Adam, and AdamW where the decay is decoupled.
struct AdamRule: OptimizerRule {
  let beta1: Double
  let beta2: Double
  let epsilon: Double

  init(_ beta1: Double, _ beta2: Double, epsilon: Double) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  var momentNames: [String] { ["first_moment", "second_moment"] }

  func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {
    let t = Double(number)
    (constants.first, constants.second) = (S(beta1), S(beta2))
    constants.rate = S(learningRate / (1 - power(beta1, t)))
    constants.secondCorrection = S(1 / (1 - power(beta2, t)).squareRoot())
    constants.epsilon = S(epsilon)
  }

  func step<S: MatrixElement>(_ range: WeightRange<S>, _ c: StepConstants<S>) {
    guard let native = S.native else {
      return stepAdam(
        range.weights, range.gradients, range.moment(0), range.moment(1), range.count, range.factor,
        c)
    }
    var constants = c.kernel(factor: range.factor)
    native.pointee.step_adam(
      range.count, range.weights.float, range.gradients.float, range.moment(0).float,
      range.moment(1).float, &constants)
  }
}

/// `base` to a whole `exponent`, exact to rounding.
private func power(_ base: Double, _ exponent: Double) -> Double {
  Scalar.exp(exponent * Scalar.log(base))
}

/// `m = β₁ m + (1-β₁) g`, `v = β₂ v + (1-β₂) g²`,
/// `w -= η/(1-β₁ᵗ) · m / (√v / √(1-β₂ᵗ) + ε)`. Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019.
@specialized(where S == Float)
@specialized(where S == Double)
private func stepAdam<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ m: UnsafeMutablePointer<S>,
  _ v: UnsafeMutablePointer<S>, _ count: Int, _ factor: S, _ c: StepConstants<S>
) {
  let (first, second) = (1 - c.first, 1 - c.second)
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    let mean = c.first * m[i] + first * gradient
    let square = c.second * v[i] + second * gradient * gradient
    m[i] = mean
    v[i] = square
    w[i] =
      w[i] * c.shrink - c.rate * mean / (square.squareRoot() * c.secondCorrection + c.epsilon)
  }
}
