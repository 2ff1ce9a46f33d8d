import Compute

/// Plain gradient descent: `w -= η g`.
struct SGDRule: OptimizerRule {
  @specialized(where S == Float)
  @specialized(where S == Double)
  func step<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    weights.step(c) { _, gradient in c.rate * gradient }
  }
}
