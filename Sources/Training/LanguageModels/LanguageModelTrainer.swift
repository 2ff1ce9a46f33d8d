import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// Trains a language model by truncated backpropagation through time: parallel streams through the
/// corpus, states carried from update to update, gradients cut at the borders.
///
/// Knows nothing of files, clocks and terminals; `LanguageModelRun` drives it.
public final class LanguageModelTrainer<S: Real> {
  public enum LossScale: String, Sendable, CaseIterable {
    /// Gradient of the mean over all tokens.
    case mean
    /// Gradient of the sum over steps, mean over rows (Zaremba et al. 2014).
    case sumSteps = "sum-steps"
  }

  public let model: LanguageModel<S>
  public let streams: TokenStreams
  public let updater: Updater<S>
  public let states: CarriedStates<S>
  public let lossScale: LossScale
  /// Updates done.
  public private(set) var update = 0
  private let tape: Tape<S>
  private let inputs: AlignedBuffer<Int32>
  private let targets: AlignedBuffer<Int32>

  public init(
    _ model: LanguageModel<S>, streams: TokenStreams, team: WorkerTeam,
    optimizer: OptimizerConfiguration, clipping: Clipping, lossScale: LossScale = .mean,
    seed: UInt64
  ) {
    self.model = model
    self.streams = streams
    self.lossScale = lossScale
    updater = Updater(
      model.parameters, team: team, optimizer: Optimizer(optimizer, model.parameters),
      clipping: clipping)
    states = CarriedStates(model.configuration, rows: streams.batchSize)
    tape = Tape(workers: team.count, seed: seed, precision: model.precision)
    let tokens = streams.batchSize * streams.stepCount
    inputs = AlignedBuffer(count: tokens)
    targets = AlignedBuffer(count: tokens)
  }

  /// Whole epochs done.
  public var epoch: Int { update / streams.updatesPerEpoch }
  public var isAtEpochStart: Bool { update % streams.updatesPerEpoch == 0 }
  /// Bytes of the values and gradients of one minibatch.
  public var activationBytes: Int { tape.arena.byteCount }

  /// Continues a run at `update`; the caller has restored weights, moments and states.
  public func resume(update: Int, optimizerSteps: Int) {
    self.update = update
    updater.optimizer.resume(stepCount: optimizerSteps)
  }

  /// One update.
  ///
  /// - Returns: the mean loss in nats a token, the gradient norm, and the tokens predicted.
  public func step(learningRate: Double) -> (result: UpdateResult, loss: Double, tokens: Int) {
    let place = update % streams.updatesPerEpoch
    if place == 0 { states.reset() }
    let steps = streams.fill(update: place, inputs: inputs.base, targets: targets.base)
    let tokens = steps * streams.batchSize
    tape.begin(training: true, update: update)
    let plan = tape.plan(SequenceLayout(rows: streams.batchSize, steps: steps))
    let scale = lossScale == .mean ? 1 / Double(tokens) : 1 / Double(streams.batchSize)
    let (loss, final) = model.record(
      inputs: UnsafeBufferPointer(start: inputs.base, count: tokens),
      targets: UnsafeBufferPointer(start: targets.base, count: tokens), plan: plan,
      states: states.variables(plan, on: tape), scale: scale, on: tape)
    let result = updater.update(tape, learningRate: learningRate)
    states.capture(final)
    update += 1
    return (result, loss.sum / Double(tokens), tokens)
  }
}
