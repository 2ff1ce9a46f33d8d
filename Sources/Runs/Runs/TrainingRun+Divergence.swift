import Autodiff
import Compute
import Foundation
import Interchange

extension TrainingRun {
  private var divergence: DivergenceSettings { settings.train.divergence }

  /// Whether the weights are known to be of use: the last update was learnt from.
  var isSound: Bool { progress.badUpdates == nil }

  /// Tells of an update that changed nothing. Throws a `Divergence` if that is one too many.
  func passOver(
    _ result: UpdateResult, _ minibatch: MinibatchFigures, rate: Double, _ tell: Teller
  ) throws {
    let count = (progress.badUpdates ?? 0) + 1
    progress.badUpdates = count
    let isFinite = result.loss.isFinite && result.gradientNorm.isFinite
    gatherCarriedStates()
    let rows = rowsAtFault(minibatch)
    if !isFinite { resetStates(of: rows) }
    tell(
      .passedOver(
        PassedUpdate(
          update: update, epoch: epoch, loss: minibatch.loss, learningRate: rate,
          gradientNorm: result.gradientNorm, places: rows.map(placeOfRow))))
    let isOneTooMany =
      switch divergence.response {
      case .stop: true
      case .skip: count >= divergence.maxBadUpdates
      case .rollback: isFinite || count >= divergence.maxBadUpdates
      }
    guard isOneTooMany else { return }
    throw Divergence(
      update: update, soundUpdate: update - count - 1,
      reason: "loss \(minibatch.loss), gradient norm \(result.gradientNorm), learning rate \(rate)"
        + (count > 1 ? ", the last of \(count) such updates in a row" : ""))
  }

  // MARK: Rows

  /// The rows of the minibatch that cannot be learnt from even alone; all where there is no such row.
  private func rowsAtFault(_ minibatch: MinibatchFigures) -> [Int] {
    let model = trainer.model
    let examples = model.rows(update: update - 1)
    let states = task.carriedStates.map(\.matrix)
    guard states.isEmpty else {
      let rows = 0..<(states.first?.rows ?? 0)
      let losses = minibatch.rowsNotFinite
      let found = rows.filter { row in
        losses.contains(row)
          || states.contains { state in
            (0..<state.columns).contains { !state[row, $0].isFinite }
          }
      }
      return found.isEmpty ? Array(rows) : found
    }
    let found = examples.indices.filter { row in
      model.choosing([examples[row]]) {
        let result = trainer.formGradients(update - 1, update: update - 1).result
        task.finishUpdate()
        return !(result.loss.isFinite && result.gradientNorm.isFinite)
      }
    }
    return found.isEmpty ? Array(examples.indices) : found
  }

  private func resetStates(of rows: [Int]) {
    for (_, state) in task.carriedStates {
      for row in rows { state.rows(row..<row + 1).fill(0) }
    }
  }

  private func placeOfRow(_ row: Int) -> String {
    if let place = task.place(ofRow: row, update: update - 1) { return place }
    let examples = trainer.model.rows(update: update - 1)
    guard row < examples.count else { return "row \(row + 1)" }
    return trainer.model.place(of: examples[row]) ?? place(examples[row])
  }

  // MARK: Rollback

  /// Where training may be rolled back, there is always something to go back to.
  func saveBeginning(_ tell: Teller) throws {
    if divergence.response == .rollback, try folder.checkpoints().isEmpty { try save(tell) }
  }

  /// Goes back to the last sound checkpoint, with a lower rate, or throws a `UserError` if that is not
  /// asked for, or was done often enough.
  func answer(_ divergence: Divergence, _ tell: Teller) throws {
    try inTurn { try goBack(divergence, tell) }
  }

  private func goBack(_ divergence: Divergence, _ tell: Teller) throws {
    let count = (progress.rollbacks ?? 0) + 1
    let factor = (progress.rateFactor ?? 1) * self.divergence.rollbackFactor
    guard self.divergence.response == .rollback, count <= self.divergence.maxRollbacks else {
      throw try failure(divergence)
    }
    let checkpoints = try regularCheckpoints()
    let chosen = checkpoints.first { $0.update <= divergence.soundUpdate } ?? checkpoints.first
    if isWriter { try folder.removeCheckpoints(after: chosen?.update ?? .max) }
    let (_, file) = try folder.latestValidCheckpoint { tell(.warning($0)) }
    try restore(file)
    try settleModel(tell)
    (progress.rollbacks, progress.rateFactor, progress.badUpdates) = (count, factor, nil)
    isSaved = false
    tell(
      .rolledBack(
        Rollback(
          from: divergence.update, to: update, reason: divergence.reason, rateFactor: factor,
          count: count, isValidationDue: progress.isValidationDue == true)))
  }

  private func failure(_ divergence: Divergence) throws -> UserError {
    let run = folder.url.relativePath
    let checkpoint = try folder.checkpoints().first { $0.update <= divergence.soundUpdate }
    // What is newer leads where training is now.
    if let checkpoint { try folder.setAsideCheckpoints(after: checkpoint.update) }
    return UserError(
      "training diverged at update \(divergence.update): \(divergence.reason)",
      hint: checkpoint.map {
        "go on from the checkpoint of update \($0.update) with a lower rate: "
          + "\(ProgramName.current) train --resume \(run) --lr …; or with a lower --clip-norm"
      } ?? "no checkpoint is older: begin anew with a lower --lr or --clip-norm",
      kind: .diverged)
  }

  /// The checkpoints of a run that is never stopped, newest first: those that a user or the clock asked for
  /// do not decide what training goes back to.
  private func regularCheckpoints() throws -> [Checkpoint] {
    try folder.checkpoints().filter { checkpoint in
      guard
        checkpoint.update == 0 || periods.isDue(periods.save, at: checkpoint.update)
          || validation != nil && periods.isDue(periods.validation, at: checkpoint.update),
        let progress = try UserError.nilIfDamaged({
          try TrainingProgress(contentsOf: try SafetensorsFile.open(checkpoint.url))
        })
      else { return false }
      return progress.badUpdates == nil
    }
  }

  /// Updates of checkpoints that stay beside the last two.
  func sparedCheckpoints() throws -> Set<Int> {
    guard divergence.response == .rollback else { return [] }
    return Set(try regularCheckpoints().prefix(2).map(\.update))
  }
}
