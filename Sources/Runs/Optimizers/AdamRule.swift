import CKernels
import Compute

/// Adam, and AdamW where the decay is decoupled: `m = β₁ m + (1-β₁) g`, `v = β₂ v + (1-β₂) g²`,
/// `w -= η/(1-β₁ᵗ) · m / (√v / √(1-β₂ᵗ) + ε)`. Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019.
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

  @specialized(where S == Float)
  @specialized(where S == Double)
  func step<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    if let native = S.native { return weights.run(native.pointee.step_adam, c) }
    let (m, v, first, second) = (weights.moment(0), weights.moment(1), 1 - c.first, 1 - c.second)
    weights.step(c) { i, gradient in
      let mean = c.first * m[i] + first * gradient
      let square = c.second * v[i] + second * gradient * gradient
      m[i] = mean
      v[i] = square
      return c.rate * mean / (square.squareRoot() * c.secondCorrection + c.epsilon)
    }
  }

  var hasRowMoments: Bool { true }

  /// With one v for the row, of the mean of its g²: Adafactor's idea (Shazeer & Stern 2018) along rows.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func stepRow<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    guard let v = weights.rowMoment else { preconditionFailure("no moment of the row") }
    v.pointee = c.second * v.pointee + (1 - c.second) * weights.meanOfSquares(c)
    let scale = c.rate / (v.pointee.squareRoot() * c.secondCorrection + c.epsilon)
    let (m, first) = (weights.moment(0), 1 - c.first)
    weights.step(c) { i, gradient in
      let mean = c.first * m[i] + first * gradient
      m[i] = mean
      return scale * mean
    }
  }
}

/// `base` to a whole `exponent`, exact to rounding.
private func power(_ base: Double, _ exponent: Double) -> Double {
  Scalar.exp(exponent * Scalar.log(base))
}
