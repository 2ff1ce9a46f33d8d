import Autodiff
import Compute
import Foundation
import Interchange
import Measures
import Parallel

/// One training, from settings to a finished run folder, whatever its task.
public final class TrainingRun<Task: TrainingTask> {
  public let folder: RunFolder
  package let resolved: ResolvedSettings
  public let settings: Task.Settings
  public let task: Task
  package let trainer: Trainer<TaskModel<Task>>
  public let updatesPerEpoch: Int
  public let totalUpdates: Int
  /// What the training takes.
  package let memory: MemoryEstimate
  /// What was taken from another run, in lines; nil where nothing was.
  package internal(set) var warmStart: [String]?
  /// What a fold has held out, to be tested on.
  let testFold: Task.Source?
  private let validation: Task.Examples?
  private let warnings: [String]
  /// Of the examples to train on.
  private let sizeText: String
  let team: WorkerTeam
  private let data: DataManifest
  private var schedule: LearningRateSchedule
  /// Held as long as the run that took it.
  var lock: RunLock?
  private var progress: TrainingProgress
  private var average: WeightAverage?
  private let trigger: AveragingTrigger

  /// Reads the data and sets everything up; nothing but caches is written. `begin` or `resume`
  /// follows, then `train`.
  ///
  /// Fails before any large allocation if the training would not fit the machine's memory.
  package init(_ resolved: ResolvedSettings, folder: RunFolder) throws {
    self.folder = folder
    let asked: Task.Settings = resolved.settings()
    try asked.checkAll()
    let resolved = resolved.filled(with: try Task.decided(by: asked))
    self.resolved = resolved
    settings = resolved.settings()
    try settings.checkAll()
    schedule = settings.schedule.schedule(rate: settings.optimizer.lr)
    let threads = settings.train.threads
    team = try WorkerTeam.started(count: threads > 0 ? threads : UsableCores.count)
    let workplace = Workplace(team: team, folder: folder)

    var (source, validationSource) = try Task.read(settings, workplace)
    // Once they make sense: a folder that is named by mistake may hold everything.
    data = try DataManifest(resolved.dataPaths)
    let faults = source.faults + (validationSource?.faults ?? [])
    (source, testFold) = try Self.dividedByFold(source, settings)
    if validationSource == nil, let heldOut = Task.heldOut(settings) {
      (source, validationSource) = try source.divided(heldOut)
    }
    task = try Task(learning: source, settings, workplace)
    let examples = try task.examples(source)
    // What is wrong with them is better told now than at the end.
    let tested = settings.train.reuse.test.map { URL(fileURLWithPath: $0) }
    if !tested.isEmpty { _ = try task.examples(try task.read(tested)) }
    validation = try validationSource.map(task.examples)
    sizeText = examples.sizeText
    let read: [any WarningData] = [source, examples] + (validation.map { [$0] } ?? [])
    // Two parts of one file have some in common.
    warnings = (faults + read.flatMap(\.warnings)).reduce(into: []) {
      if !$0.contains($1) { $0.append($1) }
    }
    let order = try task.order(examples, settings)
    updatesPerEpoch = order.updatesPerEpoch
    totalUpdates =
      settings.train.updates > 0
      ? settings.train.updates : settings.train.epochs * order.updatesPerEpoch
    let model = TaskModel(task, examples, order: order, totalUpdates: totalUpdates)
    memory = model.memory(settings, workers: team.count)
    try memory.check()
    trainer = Trainer(
      model, team: team, optimizer: settings.optimizer.configuration,
      clipping: Clipping(
        norm: settings.optimizer.clipNorm, value: settings.optimizer.clipValue),
      frozen: try FrozenParameters.places(settings.train.reuse.freeze, in: task.parameters),
      seed: UInt64(settings.train.seed))
    progress = TrainingProgress(schedule: schedule.state)
    trigger = AveragingTrigger(patience: settings.optimizer.averageAfter)
  }

  /// Makes the run folder, with the configuration and the task's files in it.
  ///
  /// - Parameter overwrite: replaces the run that the folder holds.
  package func begin(overwrite: Bool = false) throws {
    try beginWeights()
    try RunFolder.begin(at: folder.url, overwrite: overwrite) { staged in
      for artifact in task.artifacts { try artifact.write(to: staged) }
      try data.write(to: staged.data)
      // From here on nobody needs the run that the weights come from.
      if warmStart != nil { try progress.write(state, resolved, to: staged) }
      try AtomicFile.write(resolved.toml, to: staged.configuration)
    }
  }

  /// Restores the newest whole checkpoint, in a run that was set up from its own folder. Broken
  /// checkpoints are reported and set aside.
  package func resume(_ report: (TrainingEvent) -> Void) throws {
    // The file that has changed says more than what follows from it.
    if FileManager.default.fileExists(atPath: folder.data.path) {
      try data.check(against: try DataManifest(contentsOf: folder.data), of: folder)
    }
    for artifact in task.artifacts { try artifact.check(in: folder) }
    // Stopped before its first checkpoint: the seed tells how it began.
    guard try !folder.checkpoints().isEmpty else {
      try checkBeginning()
      try task.begin(seed: UInt64(settings.train.seed))
      return try settle()
    }
    task.parameters.allocate(seed: nil)
    let (checkpoint, file) = try folder.latestValidCheckpoint { report(.warning($0)) }
    for note in try notes(of: file) { report(.warning(note)) }
    progress = try TrainingProgress(contentsOf: file)
    if progress.averagedUpdates != nil { average = WeightAverage(of: task.parameters) }
    try checkWays(of: file)
    try progress.restore(state, from: file)
    schedule.state = progress.schedule
    trainer.resume(updateCount: progress.update, optimizerSteps: progress.optimizerSteps)
    average?.resume(count: progress.averagedUpdates ?? 0)
    try folder.setAsideCheckpoints(after: checkpoint.update)
    try settle()
  }

  /// A run goes on as it began, or not at all. Throws a `UserError` with the version that can resume it.
  private func checkWays(of checkpoint: SafetensorsFile) throws {
    // Figures of which more is better are negative here, and 0.1 took an unchanged one for progress.
    if try WeightsFile.check(checkpoint) < 2, settings.schedule.name == "plateau",
      let best = progress.schedule.best, best.number.sign == .minus
    {
      throw UserError(
        "'\(folder.url.relativePath)' was begun with the plateau schedule of Unroll 0.1, which took "
          + "an unchanged figure for progress; this is Unroll \(UnrollVersion.current)",
        hint: "resume it with Unroll 0.1, or begin a new run with --config "
          + "\(folder.configuration.relativePath)")
    }
  }

  /// Keeps the settings that the run goes on with, and sweeps what cut-off writes have left.
  private func settle() throws {
    try AtomicFile.write(resolved.toml, to: folder.configuration)
    try folder.sweep()
  }

  /// What a checkpoint holds beside the counters.
  private var state: TrainingState {
    TrainingState(
      parameters: task.parameters, optimizer: trainer.optimizer, average: average,
      carried: task.carriedStates)
  }

  /// Updates done so far.
  public var update: Int { trainer.updateCount }

  /// Trains to the end, or until `shouldStop` says so after an update.
  @discardableResult
  public func train(
    shouldStop: () -> Bool, shouldSave: () -> Bool = { false },
    _ report: (TrainingEvent) -> Void
  ) throws -> TrainingEnd {
    report(.started(summary))
    for line in warmStart ?? [] { report(.note(line)) }
    for warning in warnings { report(.warning(warning)) }
    let train = settings.train
    while update < totalUpdates {
      let rate = schedule.rate(
        update: update, epoch: update / updatesPerEpoch, totalUpdates: totalUpdates)
      try trainer.model.checkFiles()
      let (result, minibatch) = trainer.step(update, learningRate: rate)
      task.finishUpdate()
      try checkFinite(result, rate: rate)
      average?.accumulate(team)
      progress.lossSum += minibatch.loss * Double(minibatch.count)
      progress.lossCount += minibatch.count
      report(.updated(updateReport(minibatch, result, rate)))

      let isLast = update == totalUpdates
      if isLast || isDue(train.evalEvery) {
        try validate(report)
        if train.patience > 0, progress.validationsWithoutProgress >= train.patience {
          try save(report)
          try test(report)
          return .stoppedEarly
        }
      }
      if isLast || isDue(train.saveEvery) || shouldSave() { try save(report) }
      if !isLast, shouldStop() {
        try save(report)
        return .interrupted
      }
    }
    try test(report)
    return .finished
  }

  /// Every `interval` updates; 0 is at the end of each epoch.
  private func isDue(_ interval: Int) -> Bool {
    update % (interval > 0 ? interval : updatesPerEpoch) == 0
  }

  private var epoch: Double { Double(update) / Double(updatesPerEpoch) }

  /// With averaged weights, once there are any.
  private func validate(_ report: (TrainingEvent) -> Void) throws {
    guard let average else { return try validateWeights(report) }
    try average.use { try validateWeights(report) }
  }

  private func validateWeights(_ report: (TrainingEvent) -> Void) throws {
    guard let validation else {
      try saveModel()
      return
    }
    try validation.checkFiles()
    let score = try task.validate(validation)
    let isBest = score.standing.isBetter(than: progress.bestCriterion)
    let trainingLoss =
      progress.lossCount > 0 ? progress.lossSum / Double(progress.lossCount) : nil
    (progress.lossSum, progress.lossCount) = (0, 0)
    if isBest {
      (progress.bestCriterion, progress.bestUpdate) = (score.standing, update)
      progress.validationsWithoutProgress = 0
      try saveModel()
    } else {
      progress.validationsWithoutProgress += 1
    }
    if average == nil {
      if trigger.fires(at: score.standing, after: progress.criteria ?? []) {
        average = WeightAverage(of: task.parameters)
      }
      if trigger.patience > 0 { progress.criteria = (progress.criteria ?? []) + [score.standing] }
    }
    schedule.observe(score.standing)
    report(
      .validated(
        ValidationReport(
          update: update, epoch: epoch, trainingLoss: trainingLoss, score: score,
          isBest: isBest)))
  }

  private func save(_ report: (TrainingEvent) -> Void) throws {
    progress.update = update
    progress.optimizerSteps = trainer.optimizer.stepCount
    progress.schedule = schedule.state
    progress.averagedUpdates = average?.count
    try progress.write(state, resolved, to: folder)
    if progress.bestUpdate == nil { try saveModel() }
    report(.saved(folder.checkpoint(update: update)))
  }

  /// The weights alone, under PyTorch's names.
  private func saveModel() throws {
    var writer = SafetensorsWriter(metadata: WeightsFile.metadata(resolved))
    writer.add(task.parameters)
    try writer.write(to: folder.model)
  }

  private func checkFinite(_ result: UpdateResult, rate: Double) throws {
    guard result.isFinite, result.loss.isFinite else {
      throw UserError(
        "training diverged at update \(update): loss \(result.loss), "
          + "gradient norm \(result.gradientNorm), learning rate \(rate)",
        hint: "resume from the last checkpoint with a lower --lr or --clip-norm")
    }
  }

  private func updateReport(
    _ minibatch: RecordedMinibatch, _ result: UpdateResult, _ rate: Double
  ) -> UpdateReport {
    UpdateReport(
      update: update, totalUpdates: totalUpdates, epoch: epoch, loss: minibatch.loss,
      learningRate: rate, gradientNorm: result.gradientNorm, tokens: minibatch.tokens)
  }

  var summary: RunSummary {
    let parts = [task.summary, sizeText, "\(validation?.count ?? 0) to validate on"]
    return RunSummary(
      parameters: task.parameters.parameterCount,
      description: parts.filter { !$0.isEmpty }.joined(separator: ", "),
      measure: task.progressFigure, updatesPerEpoch: updatesPerEpoch, totalUpdates: totalUpdates,
      firstUpdate: update, threads: team.count)
  }
}

/// A task and its examples as a trainer takes them: a batch is the number of an update.
package final class TaskModel<Task: TrainingTask>: TrainableModel {
  package let task: Task
  private let examples: Task.Examples
  private var order: any ExampleOrder
  private let totalUpdates: Int

  init(_ task: Task, _ examples: Task.Examples, order: any ExampleOrder, totalUpdates: Int) {
    self.task = task
    self.examples = examples
    self.order = order
    self.totalUpdates = totalUpdates
  }

  /// Before each update: see `ExampleSet`.
  func checkFiles() throws { try examples.checkFiles() }

  package var parameters: ParameterStore<Float> { task.parameters }
  package var precision: Precision { task.precision }

  package func record(_ update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    task.record(
      examples, rows: order.rows(update: update),
      UpdateProgress(update: update, totalUpdates: totalUpdates), on: tape)
  }

  /// What training with `settings` takes, by the longest minibatch. Nothing is computed.
  func memory(_ settings: Task.Settings, workers: Int) -> MemoryEstimate {
    let rows = order.largestMinibatch
    return MemoryEstimate(
      parameters, settings.optimizer.configuration,
      averages: settings.optimizer.averageAfter > 0 ? 1 : 0, precision: precision, workers: workers
    ) { tape in
      _ = task.record(
        examples, rows: rows, UpdateProgress(update: 0, totalUpdates: totalUpdates), on: tape)
    }
  }
}
