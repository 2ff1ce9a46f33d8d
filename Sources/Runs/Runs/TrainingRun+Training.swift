import Compute
import Foundation
import Measures

extension TrainingRun {
  typealias Teller = (TrainingEvent) -> Void

  /// Trains to the end, or until `shouldStop` says so after an update or in a validation; what happens is
  /// reported, and recorded in `metrics.jsonl`.
  ///
  /// Throws a `UserError` of the kind `diverged` where training no longer gets anywhere.
  ///
  /// - Parameter shouldSave: asked after each update; true is answered with a checkpoint.
  @discardableResult
  public func train(
    shouldStop: @escaping () -> Bool, shouldSave: () -> Bool = { false },
    _ report: (TrainingEvent) -> Void
  ) throws -> TrainingEnd {
    let recorder =
      isWriter
      ? try RunRecorder(
        folder.metrics, at: update, isValidationDue: progress.isValidationDue == true,
        every: settings.train.logEvery) : nil
    self.recorder = recorder
    func tell(_ event: TrainingEvent) {
      recorder?.record(event) { report(.warning($0)) }
      report(event)
    }
    tell(.started(summary))
    for line in advice + notes + (warmStart ?? []) { tell(.note(line)) }
    for warning in warnings + (recorder?.gaps(until: update) ?? []) { tell(.warning(warning)) }
    let end = try trainOn(shouldStop, shouldSave, tell)
    if end != .interrupted, isWriter {
      try checkModel()
      try test(tell)
    }
    tell(.ended(end))
    try recorder?.finish()
    return end
  }

  /// Records where the time of the updates went. After `train`.
  package func recordProfile() throws { try recorder?.recordProfile(trainer.phaseSeconds) }

  /// Whether there are data to validate on.
  package var validates: Bool { validation != nil }

  /// All that is worth telling of the model as it is, on the data to validate on; nil without any.
  package func evaluateValidation() throws -> Evaluation? { try validation.map(task.evaluate) }

  /// What was looked at in the first examples to validate on; none where the task cannot tell.
  package func alignmentsOfValidation(count: Int) -> [AlignmentPlot] {
    func alignments<Showing: AlignmentShowing>(of task: Showing) -> [AlignmentPlot] {
      (validation as? Showing.Examples).map { task.alignments(of: $0, count: count) } ?? []
    }
    return Abilities.alignmentShowing.of(task).map { alignments(of: $0) } ?? []
  }

  /// Seconds of each phase since this process trains, averaged over workers.
  package var phaseSeconds: [(phase: PhaseClock.Phase, seconds: Double)] { trainer.phaseSeconds }

  /// Every option as it was resolved, as `config.toml` has it.
  package var configuration: String { resolved.toml }

  /// Records a text that the model wrote after its last update. While it trains.
  package func recordSample(_ text: String) throws { try recorder?.recordSample(text) }

  private func trainOn(
    _ shouldStop: @escaping () -> Bool, _ shouldSave: () -> Bool, _ tell: Teller
  ) throws -> TrainingEnd {
    lastSaving = clock()
    try saveBeginning(tell)
    while true {
      do {
        let end = try advance(shouldStop, shouldSave, tell)
        try awaitSaves(tell)
        return end
      } catch let divergence as Divergence {
        try awaitSaves(tell)
        try answer(divergence, tell)
      } catch {
        // What was begun is finished, and what ends training is told last.
        do { try awaitSaves(tell) } catch {
          tell(.warning((error as? UserError)?.message ?? "\(error)"))
        }
        throw error
      }
    }
  }

  private func advance(
    _ shouldStop: @escaping () -> Bool, _ shouldSave: () -> Bool, _ tell: Teller
  ) throws -> TrainingEnd {
    while update < totalUpdates || progress.isValidationDue == true {
      if progress.isValidationDue != true {
        // Also of a run that had stopped so and is resumed.
        if isOutOfPatience { return .stoppedEarly }
        try makeUpdate(tell)
      }
      try tellSaves(tell)
      let isLast = update >= totalUpdates
      let stops: Bool
      if progress.isValidationDue == true {
        let isAsked = agreed(shouldSave())
        // What a validation of an hour would put at risk. The validation itself is made again.
        if !isSaved, isSound { try save(tell) }
        guard try validate({ [self] in agreed(shouldStop()) }, tell) else {
          if !isSaved { try save(tell) }
          return .interrupted
        }
        if isOutOfPatience {
          try save(tell)
          return .stoppedEarly
        }
        if isLast || isAsked { try save(tell) }
        stops = agreed(shouldStop())
      } else {
        let wishes = agreed([shouldSave(), isSound && isSaveDue, shouldStop()])
        if isLast || wishes[0] || wishes[1] { try save(tell) }
        stops = wishes[2]
      }
      if !isLast, stops {
        if !isSaved { try save(tell) }
        return .interrupted
      }
    }
    return .finished
  }

  /// Whether so many validations in a row brought nothing as were to be waited for.
  private var isOutOfPatience: Bool {
    let patience = settings.train.patience
    return patience > 0 && progress.validationsWithoutProgress >= patience
  }

  /// As far as this process knows: it has a clock of its own.
  private var isSaveDue: Bool {
    let minutes = settings.train.saveMinutes
    return periods.isDue(periods.save, at: update)
      || minutes > 0 && clock() - lastSaving >= 60 * Double(minutes)
  }

  // MARK: Updates

  /// One update of the trainer, with the examples of `number`.
  func makeUpdate(
    _ number: Int, rate: Double, lossUpTo limit: Double = .infinity
  ) -> (result: UpdateResult, minibatch: MinibatchFigures) {
    let count = trainer.leaves.count
    var figures = MinibatchFigures(leaves: count)
    let result = trainer.step(
      number, learningRate: rate, lossUpTo: limit,
      read: { leaves, recorded in
        figures.add(
          recorded, leaves: leaves.present, of: leaves.all,
          rows: Leaves.owners(of: trainer.model.rows(update: number).count, among: count)
            .enumerated().filter { leaves.all ~= $1 }.map(\.offset))
        task.finishUpdate()
      }, notes: { figures.words(ofLeaves: trainer.leaves.own) }, hear: { figures.take($0) })
    return (result, figures)
  }

  private func makeUpdate(_ tell: Teller) throws {
    isSaved = false
    let rate =
      (progress.rateFactor ?? 1)
      * schedule.rate(update: update, epoch: update / updatesPerEpoch, totalUpdates: totalUpdates)
    let factor = settings.train.divergence.divergenceFactor
    let limit = progress.losses?.limit(factor: factor) ?? .infinity
    try trainer.model.checkFiles()
    let (result, minibatch) = makeUpdate(update, rate: rate, lossUpTo: limit)
    if validation != nil, update >= totalUpdates || periods.isDue(periods.validation, at: update) {
      progress.isValidationDue = true
    }
    guard result.isTaken else { return try passOver(result, minibatch, rate: rate, tell) }
    progress.badUpdates = nil
    if factor > 0 {
      var losses = progress.losses ?? LossWatch()
      losses.observe(result.loss)
      progress.losses = losses
    }
    average?.accumulate(team)
    progress.lossSum += minibatch.loss * Double(minibatch.count)
    progress.lossCount += minibatch.count
    tell(
      .updated(
        UpdateReport(
          update: update, totalUpdates: totalUpdates, epoch: epoch, loss: minibatch.loss,
          learningRate: rate, gradientNorm: result.gradientNorm, tokens: minibatch.tokens)))
  }
}
