import Autodiff
import Compute
import Foundation
import Interchange

extension TrainingRun {
  /// Writes a checkpoint of the state as it is. Throws a `Divergence`, and writes nothing, if it holds a
  /// number that is not finite.
  func save(_ tell: Teller) throws {
    guard state.isFinite(team) else { throw Divergence.weights(at: update) }
    // A checkpoint must not know more than the metrics.
    recorder?.synchronize { tell(.warning($0)) }
    progress.update = update
    progress.optimizerSteps = trainer.optimizer.stepCount
    progress.schedule = schedule.state
    progress.averagedUpdates = average?.count
    try Activity.run("saving") { _ in
      try progress.write(state, resolved, to: folder, sparing: sparedCheckpoints())
    }
    // Without validation they are all there is.
    if progress.bestUpdate == nil { try saveModel() }
    (isSaved, lastSaving) = (true, clock())
    tell(.saved(folder.checkpoint(update: update)))
  }
}
