import Compute

/// Plain gradient descent.
struct SGDRule: OptimizerRule {
  func step<S: MatrixElement>(_ range: WeightRange<S>, _ c: StepConstants<S>) {
    stepSGD(range.weights, range.gradients, range.count, range.factor, c)
  }
}

/// `w -= η g`
@specialized(where S == Float)
@specialized(where S == Double)
private func stepSGD<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ count: Int, _ factor: S,
  _ c: StepConstants<S>
) {
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    w[i] = w[i] * c.shrink - c.rate * gradient
  }
}
