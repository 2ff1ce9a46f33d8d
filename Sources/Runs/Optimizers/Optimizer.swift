import Autodiff
import Compute

/// Steps the weights of a store. Its moments are flat buffers in the store's own order, see `MomentLayout`.
///
/// `@unchecked Sendable`: `beginStep` runs between regions; inside, each worker steps its own ranges.
package final class Optimizer<S: MatrixElement>: @unchecked Sendable {
  package let configuration: OptimizerConfiguration
  package let moments: [AlignedBuffer<S>]
  /// Where the last of the moments has what belongs to a parameter.
  package let lastLayout: MomentLayout<S>
  private let store: ParameterStore<S>
  /// Steps taken.
  package private(set) var stepCount = 0
  private var step = StepConstants<S>()

  package init(_ configuration: OptimizerConfiguration, _ store: ParameterStore<S>) {
    self.configuration = configuration
    self.store = store
    let layout = MomentLayout(store, isByRow: configuration.hasRowMoments)
    lastLayout = layout
    let last = configuration.momentNames.count - 1
    moments = configuration.momentNames.indices.map {
      AlignedBuffer(count: $0 == last ? layout.count : store.count)
    }
  }

  /// From the place of a parameter's numbers in the store to that in a moment.
  func shift(ofMoment index: Int, _ parameter: Parameter<S>) -> Int {
    index == moments.count - 1 ? lastLayout.offset(of: parameter) - parameter.offset : 0
  }

  /// Continues a run that has taken `stepCount` steps; the caller has filled `moments`.
  package func resume(stepCount: Int) { self.stepCount = stepCount }

  /// Fixes the constants of the next step. Outside parallel regions.
  package func beginStep(learningRate: Double) {
    stepCount += 1
    let decay = configuration.weightDecay
    let isDecoupled = configuration.weightDecayMode == .decoupled
    step = StepConstants()
    step.rate = S(learningRate)
    step.decay = S(isDecoupled ? 0 : decay)
    step.shrink = S(isDecoupled ? 1 - learningRate * decay : 1)
    configuration.rule.begin(step: stepCount, learningRate: learningRate, &step)
  }

  /// A step that was begun is not taken after all.
  package func cancelStep() { stepCount -= 1 }

  /// Steps copies of single weights and of their moments.
  func apply(
    toCopies count: Int, weights: UnsafeMutablePointer<S>, gradients: UnsafePointer<S>,
    moments: [AlignedBuffer<S>], factor: S
  ) {
    configuration.rule.step(
      WeightRange(
        0..<count, weights: weights, gradients: gradients, factor: factor, moments: moments,
        lastStart: 0, isRow: false), step)
  }

  /// Steps the weights in `range` of the flat buffers, with gradients scaled by `factor`.
  ///
  /// - Parameter parameter: whose weights they are, of a table a row.
  package func apply(_ range: Range<Int>, of parameter: Parameter<S>, factor: S) {
    let isRow = lastLayout.isByRow(parameter)
    let weights = WeightRange(
      range, weights: store.values.base + range.lowerBound,
      gradients: store.gradients.base + range.lowerBound, factor: factor, moments: moments,
      lastStart: lastLayout.place(of: range.lowerBound, in: parameter), isRow: isRow)
    if isRow {
      configuration.rule.stepRow(weights, step)
    } else {
      configuration.rule.step(weights, step)
    }
  }
}
