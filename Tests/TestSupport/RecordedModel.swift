import Unroll

/// Parameters, and closures on the tape as batches: what a `Trainer` steps in a test.
package struct RecordedModel<S: MatrixElement, Recorded>: TrainableModel {
  package let parameters: ParameterStore<S>
  package let precision: Precision

  package func record(
    _ batch: @escaping (Tape<S>) -> Recorded, on tape: Tape<S>
  ) -> Recorded {
    // Whatever the memory held before must not matter.
    tape.arena.poison()
    return batch(tape)
  }
}

extension Trainer {
  /// Trains what closures record.
  package convenience init<Element, Recorded>(
    recording parameters: ParameterStore<Element>, workers: Int,
    division: TeamDivision = .automatic,
    optimizer: OptimizerConfiguration = .adam(learningRate: 2e-3),
    clipping: Clipping = Clipping(), precision: Precision = .f32, seed: UInt64 = 7
  ) where Model == RecordedModel<Element, Recorded> {
    self.init(
      RecordedModel(parameters: parameters, precision: precision),
      team: WorkerTeam(count: workers, division: division), optimizer: optimizer,
      clipping: clipping, seed: seed)
  }

  /// Leaves the gradients of `batch` in the store; steps the weights if `learningRate` is given.
  ///
  /// - Parameter update: keys dropout and all other noise.
  @discardableResult
  package func run(
    update: Int, learningRate: Double?, _ batch: Model.Batch
  ) -> (result: UpdateResult, recorded: Model.Recorded) {
    resume(updateCount: update, optimizerSteps: optimizer.stepCount)
    guard let learningRate else { return formGradients(batch) }
    return taken(batch, learningRate: learningRate)
  }

  /// One update, with what was recorded.
  package func taken(
    _ batch: Model.Batch, learningRate: Double, lossUpTo limit: Double = .infinity
  ) -> (result: UpdateResult, recorded: Model.Recorded) {
    var recorded: Model.Recorded?
    let result = step(batch, learningRate: learningRate, lossUpTo: limit) { recorded = $1 }
    guard let recorded else { preconditionFailure("nothing was recorded") }
    return (result, recorded)
  }
}
