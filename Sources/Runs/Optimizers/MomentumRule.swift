import Compute

/// Gradient descent with momentum, looking ahead or not.
struct MomentumRule: OptimizerRule {
  let momentum: Double
  var isNesterov = false

  var momentNames: [String] { ["momentum"] }

  func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {
    constants.first = S(momentum)
  }

  func step<S: MatrixElement>(_ range: WeightRange<S>, _ c: StepConstants<S>) {
    stepMomentum(
      range.weights, range.gradients, range.moment(0), range.count, range.factor, c,
      isNesterov: isNesterov)
  }
}

/// `m = μ m + g`, `w -= η m`; Nesterov: `w -= η (g + μ m)`. Sutskever et al. 2013.
@specialized(where S == Float)
@specialized(where S == Double)
private func stepMomentum<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ m: UnsafeMutablePointer<S>,
  _ count: Int, _ factor: S, _ c: StepConstants<S>, isNesterov: Bool
) {
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    let velocity = c.first * m[i] + gradient
    m[i] = velocity
    let direction = isNesterov ? gradient + c.first * velocity : velocity
    w[i] = w[i] * c.shrink - c.rate * direction
  }
}
