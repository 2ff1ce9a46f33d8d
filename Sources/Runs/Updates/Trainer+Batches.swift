import Autodiff
import Compute
import Parallel

// A training loop of one's own.

extension Trainer {
  /// - Parameters:
  ///   - clipNorm: what the norm of all gradients is bounded by; 0: nothing.
  ///   - threads: 0: as many as there are cores. The weights do not depend on it.
  ///   - seed: of the first weights, if the model has none yet, of dropout and all other noise.
  ///
  /// Throws a `UserError` if the system refuses a thread.
  public convenience init(
    _ model: Model, optimizer: OptimizerConfiguration, clipNorm: Double = 0, threads: Int = 0,
    seed: UInt64 = 1
  ) throws {
    let team = try WorkerTeam.started(count: threads > 0 ? threads : UsableCores.count)
    if !model.parameters.isAllocated { model.parameters.allocate(seed: seed) }
    self.init(
      model, team: team, optimizer: optimizer, clipping: Clipping(norm: clipNorm), seed: seed)
  }

  /// One update: forward, backward, clip, step, at the rate `learningRate`.
  @discardableResult
  public func step(_ batch: Model.Batch) -> UpdateResult {
    step(batch, learningRate: learningRate)
  }

  /// The loss of a batch as the model is evaluated, without noise; nothing is learnt.
  public func loss(_ batch: Model.Batch) -> Double {
    reader.loss { _ = model.record(batch, on: $0) }
  }

  /// Forms the gradients of a batch, to be read from `model.parameters`, and leaves the weights alone.
  public func gradients(_ batch: Model.Batch) -> UpdateResult { formGradients(batch).result }

  /// Outputs of the model as it is now: see `ForwardPass`.
  public func values(_ record: (Tape<S>) -> Variable<S>) -> [[S]] { reader.values(record) }
}
