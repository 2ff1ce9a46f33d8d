import TestSupport
import Testing
import Unroll

/// What cannot be learnt from changes nothing, to the last bit.
@Suite struct BadUpdateTests {
  /// A minibatch that a trainer passes over, whatever its optimizer.
  enum Fault: CaseIterable, Sendable {
    /// A target that is no number; one whose square is not finite.
    case noNumber, infiniteLoss
    /// A gradient that is not finite, of a loss that is.
    case infiniteGradient
    /// A norm that is finite, with a square that no `Float` holds.
    case overflowOfTheNorm
    /// A loss above what was allowed.
    case highLoss

    var target: Float {
      switch self {
      case .noNumber: .nan
      case .infiniteLoss: 3e30
      case .infiniteGradient: 1e19
      case .overflowOfTheNorm: 1e19
      case .highLoss: 70
      }
    }
    var scale: Double { self == .infiniteGradient ? 3e38 : 1 }
    var limit: Double { self == .highLoss ? 900 : .infinity }
    var lossIsFinite: Bool { self != .noNumber && self != .infiniteLoss }
    var normIsFinite: Bool { self != .noNumber && self != .infiniteGradient }
  }

  private static let optimizers: [OptimizerConfiguration] = [
    .sgd(learningRate: 0.01), .sgd(learningRate: 0.01, momentum: 0.8),
    .adam(learningRate: 0.02), .adamW(learningRate: 0.02),
    .rmsProp(learningRate: 2e-3), .adagrad(learningRate: 2e-3),
  ]

  @Test(arguments: optimizers, Fault.allCases)
  func changesNothing(_ optimizer: OptimizerConfiguration, fault: Fault) {
    let (one, other) = (Learner(optimizer, workers: 3), Learner(optimizer, workers: 2))
    for number in 0..<3 {
      #expect(one.step(Float(number)).isTaken)
      #expect(other.step(Float(number)).isTaken)
    }
    let before = one.bits
    let result = one.step(fault.target, scale: fault.scale, limit: fault.limit)
    #expect(!result.isTaken)
    #expect(result.loss.isFinite == fault.lossIsFinite)
    #expect(result.gradientNorm.isFinite == fault.normIsFinite)
    #expect(one.bits == before)
    #expect(one.trainer.optimizer.stepCount == 3)
    #expect(one.trainer.updateCount == 4, "it is counted all the same")
    // What follows is as if it had never been.
    #expect(one.step(0.25).isTaken)
    #expect(other.step(0.25).isTaken)
    #expect(one.bits == other.bits)
    #expect(one.bits != before)
  }

  /// With a bound on the norm the same gradient is learnt from: what is squared is the clipped one.
  @Test func clippingMakesALargeGradientHarmless() {
    let learner = Learner(.adam(learningRate: 0.02), workers: 2, clipping: Clipping(norm: 5))
    let before = learner.bits
    #expect(learner.step(Fault.overflowOfTheNorm.target).isTaken)
    #expect(learner.bits != before)
    #expect(learner.bits.allSatisfy { Float(bitPattern: $0).isFinite })
  }

  /// A lowest mean of 2: up to 4 times that is allowed; an easy minibatch hardly lowers it.
  @Test func lossIsHighAboveAMultipleOfItsLowestMean() {
    var watch = LossWatch()
    #expect(watch.limit(factor: 4) == .infinity)
    for _ in 0..<200 { watch.observe(2) }
    #expect(watch.limit(factor: 4) == 8)
    #expect(watch.limit(factor: 0) == .infinity)
    watch.observe(0)
    #expect(watch.limit(factor: 4) == 7.5)
    for _ in 0..<9 { watch.observe(100) }
    #expect(watch.limit(factor: 4) == 7.5, "a loss that rises raises nothing")
    var negative = LossWatch()
    negative.observe(-3)
    #expect(negative.limit(factor: 4) == 6, "as far above -3 as 12 above 3")
  }
}

/// Two layers and a trainer.
private final class Learner {
  let trainer: Trainer<RecordedModel<Float, Loss<Float>>>
  private let store = ParameterStore<Float>()
  private let embedding: Embedding<Float>
  private let output: LinearLayer<Float>

  init(_ optimizer: OptimizerConfiguration, workers: Int, clipping: Clipping = Clipping()) {
    embedding = Embedding("embedding", count: 7, size: 19, in: store)
    output = LinearLayer(
      "output", inputSize: 19, outputSize: 2, scheme: .pytorch, precision: .f32, in: store)
    store.allocate(seed: 4)
    trainer = Trainer(
      recording: store, workers: workers, optimizer: optimizer, clipping: clipping)
  }

  func step(_ target: Float, scale: Double = 1, limit: Double = .infinity) -> UpdateResult {
    let (embedding, output) = (embedding, output)
    return trainer.step(
      { tape in
        let batch = TokenBatch(inputs: [[3, 1], [5], [6]])
        let x = tape.lastPooled(embedding(batch, on: tape))
        let targets = tape.arena.matrix(rows: 3, columns: 2)
        targets.assign([0.5, 1, target, 0, 1, -1])
        return tape.squaredError(x, targets: targets, output, scale: scale)
      }, learningRate: 0.01, lossUpTo: limit)
  }

  /// Of weights and moments.
  var bits: [UInt32] {
    ([store.values] + trainer.optimizer.moments).flatMap { buffer in
      (0..<store.count).map { buffer.base[$0].bitPattern }
    }
  }
}
