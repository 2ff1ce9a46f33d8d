import Autodiff
import Compute
import Parallel

/// Takes a job's minibatches one after the other through `Updater`.
///
/// Knows nothing of files, clocks and terminals; `TrainingRun` drives it.
package final class Trainer<Job: TrainingJob> {
  package let job: Job
  package let updater: Updater<Float>
  /// Updates done.
  package private(set) var update = 0
  /// The mean of the weights, from the moment that averaging began.
  package private(set) var average: WeightAverage?
  private let tape: Tape<Float>

  package init(
    _ job: Job, team: WorkerTeam, optimizer: OptimizerConfiguration, clipping: Clipping,
    seed: UInt64
  ) {
    self.job = job
    updater = Updater(
      job.parameters, team: team, optimizer: Optimizer(optimizer, job.parameters),
      clipping: clipping)
    tape = Tape(workers: team.count, seed: seed, precision: job.precision)
  }

  /// Whole epochs done.
  package var epoch: Int { update / job.updatesPerEpoch }
  package var isAtEpochStart: Bool { update % job.updatesPerEpoch == 0 }

  /// Continues a run at `update`; the caller has restored weights, moments and states.
  package func resume(update: Int, optimizerSteps: Int) {
    self.update = update
    updater.optimizer.resume(stepCount: optimizerSteps)
  }

  /// From now on `average` is there; whoever drives the trainer adds to it.
  package func beginAveraging() { average = WeightAverage(of: job.parameters) }

  /// One update.
  ///
  /// - Returns: what the update did, and the minibatch it was made with.
  package func step(learningRate: Double) -> (result: UpdateResult, minibatch: RecordedMinibatch) {
    tape.begin(training: true, update: update)
    let minibatch = job.record(update: update, on: tape)
    let result = updater.update(tape, learningRate: learningRate)
    job.finishUpdate()
    update += 1
    return (result, minibatch)
  }
}
