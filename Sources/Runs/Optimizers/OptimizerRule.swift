import Compute

/// How gradients become steps: the arithmetic of an optimizer, on any range of a flat buffer.
///
/// A rule is one file like `AdamRule.swift` and one line, `Optimizers.register`. Clipping, weight decay's
/// strength, the learning rate of each update, moments, checkpoints and threads belong to `Optimizer`.
public protocol OptimizerRule: Sendable, Equatable {
  /// Names of the buffers, of the size of the weights, that are kept from step to step; so they are
  /// called in checkpoints.
  var momentNames: [String] { get }

  /// Fixes what is equal for all elements of a step.
  ///
  /// - Parameters:
  ///   - number: of the step, from 1.
  ///   - constants: rate, decay and shrinking are set; the others are 0 or 1.
  func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>)
  /// Steps some weights, on one of many threads: an element's step may depend on that element alone.
  ///
  /// Mark it `@specialized(where S == Float)`: code that stays generic takes some twenty times as long.
  func step<S: MatrixElement>(_ weights: WeightRange<S>, _ constants: StepConstants<S>)
  /// Whether the last of `momentNames` can be one number for each row of a table: then `stepRow` steps
  /// such rows.
  var hasRowMoments: Bool { get }
  /// Steps a row with `weights.rowMoment` in the place of the last moment.
  func stepRow<S: MatrixElement>(_ weights: WeightRange<S>, _ constants: StepConstants<S>)
}

extension OptimizerRule {
  public var momentNames: [String] { [] }
  public var hasRowMoments: Bool { false }
  public func stepRow<S: MatrixElement>(
    _ weights: WeightRange<S>, _ constants: StepConstants<S>
  ) {
    preconditionFailure("\(Self.self) has no moments by row")
  }

  public func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {}

  func isEqual(to other: any OptimizerRule) -> Bool { (other as? Self) == self }
}

/// What is equal for every element of one step.
public struct StepConstants<S: MatrixElement>: Sendable {
  public var rate: S = 0
  /// L2 decay, added to the gradient.
  public var decay: S = 0
  /// Decoupled decay: weights are multiplied with this first.
  public var shrink: S = 1
  /// For the rule: decay of the first moment, or the momentum.
  public var first: S = 0
  /// For the rule: decay of the second moment.
  public var second: S = 0
  /// For the rule: what the root of the second moment is multiplied with.
  public var secondCorrection: S = 1
  public var epsilon: S = 0
}

/// Weights that are stepped together.
public struct WeightRange<S: MatrixElement> {
  public let count: Int
  /// `[count]`, stepped in place.
  public let weights: UnsafeMutablePointer<S>
  /// `[count]`, not clipped yet.
  public let gradients: UnsafePointer<S>
  /// What gradients are multiplied with: the clip factor.
  public let factor: S
  /// One number for all of these weights, which are a row of a table.
  public let rowMoment: UnsafeMutablePointer<S>?
  private let moments: [AlignedBuffer<S>]
  private let start: Int
  /// Where the last moment of the weights is.
  private let lastStart: Int

  /// - Parameters:
  ///   - lastStart: the first of the last moment.
  ///   - isRow: whether that is one number for all.
  init(
    _ range: Range<Int>, weights: UnsafeMutablePointer<S>, gradients: UnsafePointer<S>, factor: S,
    moments: [AlignedBuffer<S>], lastStart: Int, isRow: Bool
  ) {
    self.lastStart = lastStart
    rowMoment = isRow ? moments.last.map { $0.base + lastStart } : nil
    count = range.count
    self.weights = weights
    self.gradients = gradients
    self.factor = factor
    self.moments = moments
    start = range.lowerBound
  }

  /// `w = shrink · w - step`, for the gradients as they are clipped, with the decay that is part of them.
  ///
  /// - Parameter step: by an element's index and gradient.
  @inlinable @inline(__always)
  public func step(_ constants: StepConstants<S>, by step: (_ index: Int, _ gradient: S) -> S) {
    for i in 0..<count {
      let gradient = gradients[i] * factor + constants.decay * weights[i]
      weights[i] = weights[i] * constants.shrink - step(i, gradient)
    }
  }

  /// `[count]` of the moments that have place `index` in `momentNames`; zeros before the first step.
  public func moment(_ index: Int) -> UnsafeMutablePointer<S> {
    moments[index].base + (index == moments.count - 1 ? lastStart : start)
  }

  /// The mean of the squares of the gradients as they are stepped along.
  @inlinable
  public func meanOfSquares(_ constants: StepConstants<S>) -> S {
    var sum: S = 0
    for i in 0..<count {
      let gradient = gradients[i] * factor + constants.decay * weights[i]
      sum += gradient * gradient
    }
    return sum / S(count)
  }
}
