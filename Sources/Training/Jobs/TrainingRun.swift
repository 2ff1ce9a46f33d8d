import Compute
import Foundation
import Interchange
import Measures
import Parallel

/// A job that trains from configuration to finished run folder.
package final class TrainingRun<Job: TrainingJob> {
  package let folder: RunFolder
  package let configuration: ResolvedConfiguration
  package let job: Job
  package let trainer: Trainer<Job>
  package let totalUpdates: Int
  private let team: WorkerTeam
  private var schedule: LearningRateSchedule
  private var progress: TrainingProgress
  private let trigger: AveragingTrigger

  /// Reads the data and sets everything up; nothing but caches is written. `begin` or `resume`
  /// follows, then `train`.
  ///
  /// Fails before any large allocation if the training would not fit the machine's memory.
  package init(_ configuration: ResolvedConfiguration, folder: RunFolder) throws {
    self.folder = folder
    self.configuration = configuration
    try Job.check(configuration)
    let optimizer = try OptimizerConfiguration(configuration)
    schedule = try LearningRateSchedule(configuration)
    let threads = configuration.integer("train.threads")
    team = WorkerTeam(count: threads > 0 ? threads : UsableCores.count)
    job = try Job(configuration, folder: folder, team: team)
    let limit = configuration.integer("train.updates")
    totalUpdates = limit > 0 ? limit : configuration.integer("train.epochs") * job.updatesPerEpoch
    trainer = Trainer(
      job, team: team, optimizer: optimizer,
      clipping: Clipping(
        norm: configuration.number("optimizer.clip_norm"),
        value: configuration.number("optimizer.clip_value")),
      seed: UInt64(configuration.integer("train.seed")))
    progress = TrainingProgress(schedule: schedule.state)
    trigger = AveragingTrigger(patience: configuration.integer("optimizer.average_after"))
  }

  /// Makes the run folder, with the configuration and the job's files in it.
  ///
  /// - Parameter overwrite: replaces the run that the folder holds.
  package func begin(overwrite: Bool = false) throws {
    _ = try RunFolder.create(at: folder.url, overwrite: overwrite)
    try job.writeFiles(to: folder)
    // Last: from now on the folder is known as a run.
    try AtomicFile.write(configuration.toml, to: folder.configuration)
  }

  /// Restores the newest whole checkpoint, in a run that was set up from its own folder. Broken
  /// checkpoints are reported and set aside.
  package func resume(_ report: (TrainingEvent) -> Void) throws {
    try job.checkFiles(of: folder)
    // Stopped before its first checkpoint: the seed tells how it began.
    if try folder.checkpoints().isEmpty { return }
    let (checkpoint, file) = try folder.latestValidCheckpoint { report(.warning($0)) }
    progress = try TrainingProgress.restore(trainer, from: file)
    schedule.state = progress.schedule
    try folder.setAsideCheckpoints(after: checkpoint.update)
    try AtomicFile.write(configuration.toml, to: folder.configuration)
  }

  /// The configuration of the run in `folder`, with settings that a continued run may change.
  ///
  /// Throws a usage `UserError` with both values if anything else is to change: shapes, data, seed.
  package static func configuration(
    resuming folder: RunFolder, files: [URL] = [], overrides: [ConfigurationOverride] = []
  ) throws -> ResolvedConfiguration {
    let saved = try Job.configuration(of: folder)
    let asked = try Job.schema.resolve(files: [folder.configuration] + files, overrides: overrides)
    let changeable = CommonSchema.changeableKeys.union(Job.changeableKeys)
    let fixed = asked.differences(from: saved).filter { !changeable.contains($0.key) }
    if let difference = fixed.first {
      throw UserError.usage(
        "'\(folder.url.relativePath)' was begun with \(difference.key) = \(difference.theirs), "
          + "but \(difference.ours) is asked for",
        hint: "drop the option to continue with the run's own value, or begin a new run with --out")
    }
    return asked
  }

  /// Updates done so far.
  package var update: Int { trainer.update }

  /// Trains to the end, or until `shouldStop` says so after an update.
  package func train(
    shouldStop: () -> Bool = { false }, _ report: (TrainingEvent) -> Void
  ) throws -> TrainingEnd {
    report(.started(summary))
    for warning in job.warnings { report(.warning(warning)) }
    let evaluationInterval = configuration.integer("train.eval_every")
    let savingInterval = configuration.integer("train.save_every")
    while trainer.update < totalUpdates {
      let rate = schedule.rate(
        update: trainer.update, epoch: trainer.epoch, totalUpdates: totalUpdates)
      let step = trainer.step(learningRate: rate)
      try checkFinite(step.result, rate: rate)
      trainer.average?.accumulate(team)
      let (loss, minibatch) = (step.minibatch.loss, step.minibatch)
      progress.lossSum += loss * Double(minibatch.count)
      progress.lossCount += minibatch.count
      report(
        .updated(updateReport(loss, step.result.gradientNorm, rate, minibatch.tokens)))

      let isLast = trainer.update == totalUpdates
      if isLast || isDue(evaluationInterval) {
        try validate(report)
        let patience = configuration.integer("train.patience")
        if patience > 0, progress.validationsWithoutProgress >= patience {
          try save(report)
          return .stoppedEarly
        }
      }
      if isLast || isDue(savingInterval) { try save(report) }
      if !isLast, shouldStop() {
        try save(report)
        return .interrupted
      }
    }
    return .finished
  }

  /// Every `interval` updates; 0 is at the end of each epoch.
  private func isDue(_ interval: Int) -> Bool {
    interval > 0 ? trainer.update % interval == 0 : trainer.isAtEpochStart
  }

  private var epoch: Double {
    Double(trainer.update) / Double(job.updatesPerEpoch)
  }

  /// With averaged weights, once there are any.
  private func validate(_ report: (TrainingEvent) -> Void) throws {
    guard let average = trainer.average else { return try validateWeights(report) }
    try average.use { try validateWeights(report) }
  }

  private func validateWeights(_ report: (TrainingEvent) -> Void) throws {
    guard let score = try job.validate() else {
      try saveModel()
      return
    }
    let isBest = score.standing.isBetter(than: progress.bestCriterion)
    let trainingLoss =
      progress.lossCount > 0 ? progress.lossSum / Double(progress.lossCount) : nil
    (progress.lossSum, progress.lossCount) = (0, 0)
    if isBest {
      (progress.bestCriterion, progress.bestUpdate) = (score.standing, trainer.update)
      progress.validationsWithoutProgress = 0
      try saveModel()
    } else {
      progress.validationsWithoutProgress += 1
    }
    if trainer.average == nil {
      if trigger.fires(at: score.standing, after: progress.criteria ?? []) {
        trainer.beginAveraging()
      }
      if trigger.patience > 0 { progress.criteria = (progress.criteria ?? []) + [score.standing] }
    }
    schedule.observe(score.standing)
    report(
      .validated(
        ValidationReport(
          update: trainer.update, epoch: epoch, trainingLoss: trainingLoss, score: score,
          isBest: isBest)))
  }

  private func save(_ report: (TrainingEvent) -> Void) throws {
    progress.update = trainer.update
    progress.optimizerSteps = trainer.updater.optimizer.stepCount
    progress.schedule = schedule.state
    try progress.write(trainer, configuration: configuration, to: folder)
    if progress.bestUpdate == nil { try saveModel() }
    report(.saved(folder.checkpoint(update: trainer.update)))
  }

  /// The weights alone, under PyTorch's names.
  private func saveModel() throws {
    var writer = SafetensorsWriter(metadata: ["unroll.configuration": configuration.toml])
    writer.add(job.parameters)
    try writer.write(to: folder.model)
  }

  private func checkFinite(_ result: UpdateResult, rate: Double) throws {
    guard result.isFinite, result.loss.isFinite else {
      throw UserError(
        "training diverged at update \(trainer.update): loss \(result.loss), "
          + "gradient norm \(result.gradientNorm), learning rate \(rate)",
        hint: "resume from the last checkpoint with a lower --lr or --clip-norm")
    }
  }

  private func updateReport(
    _ loss: Double, _ norm: Double, _ rate: Double, _ tokens: Int
  ) -> UpdateReport {
    UpdateReport(
      update: trainer.update, totalUpdates: totalUpdates, epoch: epoch, loss: loss,
      learningRate: rate, gradientNorm: norm, tokens: tokens)
  }

  private var summary: RunSummary {
    RunSummary(
      parameters: job.parameters.parameterCount, description: job.summary, measure: job.measure,
      updatesPerEpoch: job.updatesPerEpoch, totalUpdates: totalUpdates,
      firstUpdate: trainer.update, threads: team.count)
  }
}
