import Compute
import Runs

/// Plain gradient descent that is drawn back to where it began: `w -= η g + λ (w - w₀)`.
///
/// Of a table only rows with a gradient move, back too.
package struct DynamicRule: OptimizerRule {
  /// λ.
  private let decay: Double

  package init(decay: Double) { self.decay = decay }

  /// w₀, filled by whoever begins.
  package var momentNames: [String] { ["start"] }

  package func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {
    constants.first = S(decay)
  }

  // A text of 80,000 words is learnt from in 16,000 steps of all weights; generic code takes 20 times as long.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func step<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    let start = weights.moment(0)
    weights.step(c) { i, gradient in
      c.rate * gradient + c.first * (weights.weights[i] - start[i])
    }
  }
}
