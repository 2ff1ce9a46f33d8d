import Compute
import Foundation

extension TrainingRun {
  /// Writes a checkpoint of the state as it is, while training goes on: from a copy, unless there is no room
  /// for one. Throws a `Divergence`, and writes nothing, if it holds a number that is not finite; throws
  /// what an earlier one has failed with.
  func save(_ tell: Teller) throws {
    try awaitSaves(tell)
    // Each process has moments that no other has.
    guard !agreed(!state.isFinite(team)) else { throw Divergence.weights(at: update) }
    gatherCarriedStates()
    // A checkpoint must not know more than the metrics.
    recorder?.synchronize { tell(.warning($0)) }
    progress.update = update
    progress.optimizerSteps = trainer.optimizer.stepCount
    progress.schedule = schedule.state
    progress.averagedUpdates = average?.count
    if isWriter { try write() } else { collectMoments(into: state) }
    (isSaved, lastSaving) = (true, clock())
    if memory.savesFromCopy { return try tellSaves(tell) }
    try awaitSaves(tell)
    trainer.ranks?.forgetOthers(of: trainer.optimizer)
  }

  /// Writes the state, with the counters that belong to it.
  private func write() throws {
    let saved = memory.savesFromCopy ? saver.take(state, update: update, team) : state
    collectMoments(into: saved)
    let (progress, resolved, folder, update) = (progress, resolved, folder, update)
    let spared = try sparedCheckpoints()
    saver.write(folder.checkpoint(update: update)) {
      try progress.write(saved, resolved, to: folder, sparing: spared)
      // Without validation they are all there is.
      guard progress.bestUpdate == nil else { return }
      try folder.writeModel(
        saved, averaged: false, saved.digest(averaged: false), resolved, update: update)
    }
  }

  /// Has the process that writes know the moments of all weights.
  private func collectMoments(into state: TrainingState) {
    trainer.ranks?.collectMoments(of: trainer.optimizer, into: state.moments)
  }

  /// Tells of the checkpoints that are there by now. Throws what writing one has failed with.
  func tellSaves(_ tell: Teller) throws { try collectSaves(waits: false, tell) }

  /// Waits until all is written that was to be, likewise.
  func awaitSaves(_ tell: Teller) throws {
    try Activity.run("saving") { _ in try collectSaves(waits: true, tell) }
  }

  private func collectSaves(waits: Bool, _ tell: Teller) throws {
    do {
      for url in try saver.collect(waits: waits) { tell(.saved(url)) }
    } catch {
      isSaved = false
      throw error
    }
  }
}
