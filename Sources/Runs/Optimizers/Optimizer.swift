import Autodiff
import CKernels
import Compute

/// Steps the weights of a store. Its moments are flat buffers in the store's own order.
///
/// `@unchecked Sendable`: `beginStep` runs between regions; inside, each worker steps its own ranges.
package final class Optimizer<S: MatrixElement>: @unchecked Sendable {
  package let configuration: OptimizerConfiguration
  package let moments: [AlignedBuffer<S>]
  private let store: ParameterStore<S>
  /// Steps taken.
  package private(set) var stepCount = 0
  private var step = StepConstants<S>()

  package init(_ configuration: OptimizerConfiguration, _ store: ParameterStore<S>) {
    self.configuration = configuration
    self.store = store
    moments = configuration.momentNames.map { _ in AlignedBuffer(count: store.count) }
  }

  /// Continues a run that has taken `stepCount` steps; the caller has filled `moments`.
  package func resume(stepCount: Int) { self.stepCount = stepCount }

  /// Fixes the constants of the next step. Outside parallel regions.
  package func beginStep(learningRate: Double) {
    stepCount += 1
    let t = Double(stepCount)
    let c = configuration
    let isDecoupled = c.weightDecayMode == .decoupled
    step.rate = S(learningRate)
    step.decay = S(isDecoupled ? 0 : c.weightDecay)
    step.shrink = S(isDecoupled ? 1 - learningRate * c.weightDecay : 1)
    step.epsilon = S(c.epsilon)
    switch c.kind {
    case .sgd, .adagrad: break
    case .momentum, .nesterov: step.first = S(c.momentum)
    case .rmsprop: step.second = S(c.rho)
    case .adam, .adamw:
      (step.first, step.second) = (S(c.beta1), S(c.beta2))
      step.rate = S(learningRate / (1 - power(c.beta1, t)))
      step.secondCorrection = S(1 / (1 - power(c.beta2, t)).squareRoot())
    }
  }

  /// A step that was begun is not taken after all.
  package func cancelStep() { stepCount -= 1 }

  /// Steps the weights in `range` of the flat buffers, with gradients scaled by `factor`.
  package func apply(_ range: Range<Int>, factor: S) {
    let (start, count) = (range.lowerBound, range.count)
    let w = store.values.base + start
    let g = UnsafePointer(store.gradients.base + start)
    let m = moments.first.map { $0.base + start } ?? w
    let v = moments.count > 1 ? moments[1].base + start : m
    switch configuration.kind {
    case .sgd: stepSGD(w, g, count, factor, step)
    case .momentum: stepMomentum(w, g, m, count, factor, step, isNesterov: false)
    case .nesterov: stepMomentum(w, g, m, count, factor, step, isNesterov: true)
    case .adam, .adamw, .rmsprop, .adagrad:
      if let native = S.native { return step(native, w, g, m, v, count, factor) }
      switch configuration.kind {
      case .rmsprop: stepRMSProp(w, g, m, count, factor, step)
      case .adagrad: stepAdagrad(w, g, m, count, factor, step)
      default: stepAdam(w, g, m, v, count, factor, step)
      }
    }
  }

  /// The optimizers with a root, on their kernels.
  private func step(
    _ native: UnsafePointer<unroll_kernels>, _ w: UnsafeMutablePointer<S>,
    _ g: UnsafePointer<S>, _ m: UnsafeMutablePointer<S>, _ v: UnsafeMutablePointer<S>,
    _ count: Int, _ factor: S
  ) {
    func float(_ pointer: UnsafeMutablePointer<S>) -> UnsafeMutablePointer<Float> {
      // Kernels exist for Float only.
      UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self)
    }
    var constants = unroll_step(
      factor: Float(factor), rate: Float(step.rate), decay: Float(step.decay),
      shrink: Float(step.shrink), first: Float(step.first), second: Float(step.second),
      second_correction: Float(step.secondCorrection), epsilon: Float(step.epsilon))
    let gradient = UnsafeRawPointer(g).assumingMemoryBound(to: Float.self)
    switch configuration.kind {
    case .rmsprop: native.pointee.step_rmsprop(count, float(w), gradient, float(m), &constants)
    case .adagrad: native.pointee.step_adagrad(count, float(w), gradient, float(m), &constants)
    default: native.pointee.step_adam(count, float(w), gradient, float(m), float(v), &constants)
    }
  }
}

/// What is equal for every element of one step.
struct StepConstants<S: MatrixElement> {
  var rate: S = 0
  /// L2 decay, added to the gradient.
  var decay: S = 0
  /// Decoupled decay: weights are multiplied with this first.
  var shrink: S = 1
  var first: S = 0
  var second: S = 0
  /// `1 / √(1 - β₂ᵗ)`.
  var secondCorrection: S = 1
  var epsilon: S = 0
}

/// `base` to a whole `exponent`, exact to rounding.
private func power(_ base: Double, _ exponent: Double) -> Double {
  Scalar.exp(exponent * Scalar.log(base))
}
