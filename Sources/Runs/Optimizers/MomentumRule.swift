import Compute

/// Gradient descent with momentum, looking ahead or not: `m = μ m + g`, `w -= η m`; Nesterov:
/// `w -= η (g + μ m)`. Sutskever et al. 2013.
struct MomentumRule: OptimizerRule {
  let momentum: Double
  var isNesterov = false

  var momentNames: [String] { ["momentum"] }

  func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {
    constants.first = S(momentum)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func step<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    let (m, isNesterov) = (weights.moment(0), isNesterov)
    weights.step(c) { i, gradient in
      let velocity = c.first * m[i] + gradient
      m[i] = velocity
      return c.rate * (isNesterov ? gradient + c.first * velocity : velocity)
    }
  }
}
