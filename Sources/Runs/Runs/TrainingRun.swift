import Autodiff
import Compute
import Corpora
import Dispatch
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
  let periods: RunPeriods
  /// What the training takes.
  package var memory: MemoryEstimate
  /// What follows from the data, in lines.
  package let advice: [String]
  /// What else a user should know when it begins, in lines.
  package var notes: [String] = []
  /// What was taken from another run, in lines; nil where nothing was.
  package internal(set) var warmStart: [String]?
  /// What a fold has held out, to be tested on.
  let testFold: Task.Source?
  let validation: Task.Examples?
  /// A little of them, for runs that begin.
  private let sample: Task.Examples?
  let warnings: [String]
  /// Of the examples to train on.
  private let sizeText: String
  /// Whether they are so many that their order is one that earlier versions do not have.
  private let isComputedOrder: Bool
  /// Where one of them was read.
  let place: (Int) -> String
  let team: WorkerTeam
  /// The other processes that train the run, if there are any. The first one alone writes.
  let link: (any RankLink)?
  let data: DataManifest
  var schedule: LearningRateSchedule
  /// Held as long as the run that took it.
  var lock: RunLock?
  var progress: TrainingProgress
  var average: WeightAverage?
  let trigger: AveragingTrigger
  /// While it trains.
  var recorder: RunRecorder?
  /// Whether the last checkpoint, or the copy that it is being written from, holds the state as it is.
  var isSaved = false
  let saver = BackgroundSaver()
  /// When there was one, or training began, by `clock`.
  var lastSaving = 0.0
  /// Seconds from any moment on, never backwards.
  package var clock: () -> Double = { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

  /// Reads the data and sets everything up; nothing but caches is written. `begin` or `resume`
  /// follows, then `train`.
  ///
  /// Fails before any large allocation if the training would not fit the machine's memory.
  ///
  /// - Parameters:
  ///   - isAdvised: whether settings that nobody gave may follow from the data; for new runs.
  ///   - link: to the other processes that begin the same run.
  package init(
    _ asked: ResolvedSettings, folder: RunFolder, isAdvised: Bool = false,
    link: (any RankLink)? = nil
  ) throws {
    self.folder = folder
    self.link = link
    let train = asked.settings(as: Task.Settings.self).train
    try train.check()
    let leaves = try Leaves(
      count: train.leafCount, dealtTo: link, sums: Precision(rawValue: train.exchange) ?? .f32,
      // Accumulated minibatches are in memory one at a time.
      together: train.leafCount / train.accumulate)
    let processor =
      link.map { RankAgreement.firstProcessor(threads: train.workerCount, over: $0) } ?? 0
    let readData = {
      try SettledData<Task>(asked, isNew: isAdvised, in: folder, from: processor)
    }
    // Of several processes one writes the caches that all have use for.
    let settled = try link.map { try $0.inTurn(readData) } ?? readData()
    (resolved, settings, team) = (settled.resolved, settled.settings, settled.team)
    advice = settled.advice
    let workplace = Workplace(team: team, folder: folder)

    var (source, validationSource) = (settled.training, settled.validation)
    // Once they make sense: a folder that is named by mistake may hold everything.
    data = try DataManifest(resolved.dataPaths)
    if let link { try RankAgreement(resolved, data).check(over: link) }
    let crowding = link.flatMap { [team] in RankAgreement.crowding(threads: team.count, over: $0) }
    let faults = source.faults + (validationSource?.faults ?? [])
    (source, testFold) = try Self.dividedByFold(source, settings)
    if validationSource == nil, let heldOut = Task.heldOut(settings) {
      (source, validationSource) = try Self.divided(source, heldOut)
    }
    let preparing = Activity("preparing the examples")
    defer { preparing.end() }
    task = try Task(learning: source, settings, workplace)
    let examples = try task.examples(source)
    // What is wrong with them is better told now than at the end.
    let tested = settings.train.reuse.test.map { URL(fileURLWithPath: $0) }
    if !tested.isEmpty { _ = try task.examples(try task.read(tested)) }
    validation = try validationSource.map(task.examples)
    let little = settings.train.monitor.isEmpty ? nil : try validationSource.map(Self.sample)
    sample = try little.map(task.examples) ?? validation
    sizeText = examples.sizeText
    place = source.placeOfExample
    let read: [any WarningData] = [source, examples] + (validation.map { [$0] } ?? [])
    // Two parts of one file have some in common.
    warnings = (faults + read.flatMap(\.warnings) + [crowding].compactMap(\.self)).reduce(into: [])
    {
      if !$0.contains($1) { $0.append($1) }
    }
    let order = try task.order(examples, settings)
    updatesPerEpoch = order.updatesPerEpoch
    isComputedOrder =
      (order is SequenceBatches || order is BalancedBatches)
      && examples.count + (validation?.count ?? 0) > Shuffle.mostStored
    periods = try RunPeriods(settings, order)
    schedule = settings.schedule.schedule(
      rate: settings.optimizer.lr, warmup: Int(periods.warmup.rounded()))
    totalUpdates =
      settings.train.updates > 0
      ? settings.train.updates : settings.train.epochs * order.updatesPerEpoch
    let model = TaskModel(
      task, examples, order: order, totalUpdates: totalUpdates, leaves: leaves)
    memory = try model.memory(
      settings, validation: validation, workers: team.count, link: link
    ).fitted()
    try memory.check()
    trainer = Trainer(
      model, team: team, optimizer: settings.optimizer.configuration,
      clipping: Clipping(
        norm: settings.optimizer.clipNorm, value: settings.optimizer.clipValue),
      frozen: try FrozenParameters.places(settings.train.reuse.freeze, in: task.parameters),
      leaves: leaves, link: link, seed: UInt64(settings.train.seed))
    progress = TrainingProgress(schedule: schedule.state)
    trigger = AveragingTrigger(patience: settings.optimizer.averageAfter)
  }

  /// Makes the run folder, with the configuration and the task's files in it.
  ///
  /// - Parameter overwrite: replaces the run that the folder holds.
  package func begin(overwrite: Bool = false) throws {
    try beginWeights()
    try checkWeights()
    try checkMonitoring(sample)
    guard isWriter else { return }
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
    try inTurn { try goOn(report) }
    try checkWeights()
  }

  /// Throws a `UserError` unless all processes begin alike: `--from` and checkpoints are read by each of them.
  private func checkWeights() throws {
    guard let link else { return }
    let weights = WeightsFile.digest(of: task.parameters.parameters.lazy.map(\.values))
    try RankAgreement(update: update, weights: weights).check(over: link)
  }

  private func goOn(_ report: (TrainingEvent) -> Void) throws {
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
    try restore(file)
    if isWriter { try folder.setAsideCheckpoints(after: checkpoint.update) }
    try settle()
    try settleModel(report)
  }

  /// Goes back to the state of a checkpoint.
  func restore(_ checkpoint: SafetensorsFile) throws {
    progress = try TrainingProgress(contentsOf: checkpoint)
    try checkWays(of: checkpoint)
    average = progress.averagedUpdates == nil ? nil : WeightAverage(of: task.parameters)
    try progress.restore(state, from: checkpoint)
    schedule.state = progress.schedule
    trainer.resume(updateCount: progress.update, optimizerSteps: progress.optimizerSteps)
    average?.resume(count: progress.averagedUpdates ?? 0)
    isSaved = true
  }

  /// A run goes on as it began, or not at all. Throws a `UserError` with the version that can resume it.
  private func checkWays(of checkpoint: SafetensorsFile) throws {
    if try WeightsFile.check(checkpoint) < 2, isComputedOrder {
      throw UserError(
        "'\(folder.url.relativePath)' was begun with Unroll 0.1, which has another order of more than "
          + "\(Shuffle.mostStored) examples; this is Unroll \(UnrollVersion.current)",
        hint: "resume it with Unroll 0.1, or begin a new run with --config "
          + "\(folder.configuration.relativePath)")
    }
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
    guard isWriter else { return }
    try AtomicFile.write(resolved.toml, to: folder.configuration)
    try folder.sweep(sparing: sparedCheckpoints())
  }

  /// What a checkpoint holds beside the counters.
  var state: TrainingState {
    TrainingState(task.parameters, trainer.optimizer, average, carried: task.carriedStates)
  }

  /// Updates done so far.
  public var update: Int { trainer.updateCount }
  var epoch: Double { Double(update) / Double(updatesPerEpoch) }

  var summary: RunSummary {
    let parts = [task.summary, sizeText, "\(validation?.count ?? 0) to validate on"]
    return RunSummary(
      parameters: task.parameters.parameterCount,
      description: parts.filter { !$0.isEmpty }.joined(separator: ", "),
      measure: task.progressFigure, monitored: validation == nil ? nil : monitored,
      updatesPerEpoch: updatesPerEpoch, totalUpdates: totalUpdates,
      firstUpdate: update, threads: team.count)
  }
}
