import Compute
import Corpora
import Foundation
import Interchange
import Networks
import Parallel

/// What happens during a run, for whoever shows or records it.
public enum TrainingEvent: Sendable {
  case started(RunSummary)
  case updated(UpdateReport)
  case validated(ValidationReport)
  case saved(URL)
  case warning(String)
}

public struct RunSummary: Sendable {
  public let parameters: Int
  public let vocabularySize: Int
  public let trainingTokens: Int
  public let validationTokens: Int
  public let updatesPerEpoch: Int
  public let totalUpdates: Int
  /// 0 for a new run.
  public let firstUpdate: Int
  public let threads: Int
  public let isCorpusReused: Bool
}

public struct UpdateReport: Sendable {
  /// Updates done, this one included.
  public let update: Int
  public let totalUpdates: Int
  /// Epochs done, with the fraction of the running one.
  public let epoch: Double
  /// Mean over the minibatch, nats a token.
  public let loss: Double
  public let learningRate: Double
  public let gradientNorm: Double
  public let tokens: Int
}

public struct ValidationReport: Sendable {
  public let update: Int
  public let epoch: Double
  /// Mean since the last validation, nats a token, dropout on.
  public let trainingLoss: Double?
  public let score: LanguageModelScore
  public let isBest: Bool
}

public enum TrainingEnd: Sendable, Equatable {
  case finished
  /// Validation has not improved for `train.patience` validations.
  case stoppedEarly
  /// Asked to stop; a checkpoint was written.
  case interrupted
}

/// A language model training from configuration to finished run folder.
public final class LanguageModelRun {
  public let folder: RunFolder
  public let configuration: ResolvedConfiguration
  public let vocabulary: Vocabulary
  public let trainer: LanguageModelTrainer<Float>
  public let totalUpdates: Int
  private let evaluator: LanguageModelEvaluator<Float>
  private let validation: (tokens: TokenFile, range: Range<Int>)?
  private var schedule: LearningRateSchedule
  private var progress: LanguageModelCheckpoint
  private let summary: RunSummary

  /// Tokenises the corpus and sets everything up; nothing but tokens is written. `begin` or
  /// `resume` follows, then `train`.
  ///
  /// Fails before any large allocation if the training would not fit the machine's memory.
  public init(_ configuration: ResolvedConfiguration, folder: RunFolder) throws {
    self.folder = folder
    self.configuration = configuration
    let precision = try Precision(checking: configuration)
    let corpus = try Self.corpus(configuration, folder)
    vocabulary = corpus.training.vocabulary
    validation = corpus.validation
    let streams = try TokenStreams(
      corpus.training.tokens, range: corpus.range, batchSize: configuration.integer("train.batch"),
      stepCount: configuration.integer("train.steps"))
    let limit = configuration.integer("train.updates")
    totalUpdates =
      limit > 0 ? limit : configuration.integer("train.epochs") * streams.updatesPerEpoch

    let model = try LanguageModelConfiguration(configuration, vocabularySize: vocabulary.count)
    let optimizer = try OptimizerConfiguration(configuration)
    try LanguageModelMemory(
      model, batch: streams.batchSize, steps: streams.stepCount,
      momentCount: optimizer.momentNames.count, precision: precision
    ).check()
    schedule = try LearningRateSchedule(configuration)
    let threads = configuration.integer("train.threads")
    let team = WorkerTeam(count: threads > 0 ? threads : UsableCores.count)
    let seed = UInt64(configuration.integer("train.seed"))
    trainer = LanguageModelTrainer(
      LanguageModel(model, precision: precision, seed: seed), streams: streams, team: team,
      optimizer: optimizer,
      clipping: Clipping(
        norm: configuration.number("optimizer.clip_norm"),
        value: configuration.number("optimizer.clip_value")),
      lossScale: LanguageModelTrainer.LossScale(
        rawValue: configuration.string("train.loss_scale")) ?? .mean,
      seed: seed)
    evaluator = LanguageModelEvaluator(trainer.model, team: team, streams: 16)
    progress = LanguageModelCheckpoint(
      update: 0, optimizerSteps: 0, schedule: schedule.state, bestLoss: nil, bestUpdate: nil,
      validationsWithoutProgress: 0, lossSum: 0, lossTokens: 0)
    summary = RunSummary(
      parameters: trainer.model.parameters.parameterCount, vocabularySize: vocabulary.count,
      trainingTokens: streams.tokensPerEpoch,
      validationTokens: validation.map { $0.range.count - 1 } ?? 0,
      updatesPerEpoch: streams.updatesPerEpoch, totalUpdates: totalUpdates, firstUpdate: 0,
      threads: team.count, isCorpusReused: corpus.training.isReused)
  }

  private static func corpus(
    _ configuration: ResolvedConfiguration, _ folder: RunFolder
  ) throws -> (
    training: TokenizedCorpus, range: Range<Int>, validation: (TokenFile, Range<Int>)?
  ) {
    let files = configuration.strings("data.text").map { URL(fileURLWithPath: $0) }
    guard !files.isEmpty else {
      throw UserError.usage("no text to train on", hint: "name one or more files with --text")
    }
    let cache = configuration.string("data.cache")
    let cacheFolder = cache.isEmpty ? folder.tokenCache : URL(fileURLWithPath: cache)
    let size = configuration.integer("data.vocabulary_size")
    let training = try CorpusTokenizer.tokenize(
      files: files, kind: TokenKind(rawValue: configuration.string("data.tokens")) ?? .character,
      limits: VocabularyLimits(
        size: size > 0 ? size : nil, minimumCount: configuration.integer("data.min_count")),
      cacheFolder: cacheFolder)
    let count = training.tokens.count
    let path = configuration.string("data.valid")
    if !path.isEmpty {
      let tokens = try CorpusTokenizer.tokenize(
        files: [URL(fileURLWithPath: path)], vocabulary: training.vocabulary,
        cacheFolder: cacheFolder
      ).tokens
      return (training, 0..<count, (tokens, 0..<tokens.count))
    }
    let held = Int(Double(count) * configuration.number("data.valid_fraction"))
    guard held > 1 else { return (training, 0..<count, nil) }
    return (training, 0..<count - held, (training.tokens, count - held..<count))
  }

  /// Makes the run folder, with the configuration and the vocabulary in it.
  ///
  /// - Parameter overwrite: replaces the run that the folder holds.
  public func begin(overwrite: Bool = false) throws {
    _ = try RunFolder.create(at: folder.url, overwrite: overwrite)
    try vocabulary.save(to: folder.vocabulary)
    // Last: from now on the folder is known as a run.
    try AtomicFile.write(configuration.toml, to: folder.configuration)
  }

  /// Restores the newest whole checkpoint, in a run that was set up from its own folder. Broken
  /// checkpoints are reported and set aside.
  public func resume(_ report: (TrainingEvent) -> Void) throws {
    guard try Vocabulary(contentsOf: folder.vocabulary) == vocabulary else {
      throw UserError(
        "the text has changed since '\(folder.url.relativePath)' began: its vocabulary is "
          + "no longer the one in vocabulary.json",
        hint: "restore the text, or begin a new run")
    }
    // Stopped before its first checkpoint: the seed tells how it began.
    if try folder.checkpoints().isEmpty { return }
    let (checkpoint, file) = try folder.latestValidCheckpoint { report(.warning($0)) }
    progress = try LanguageModelCheckpoint.restore(trainer, from: file)
    schedule.state = progress.schedule
    try folder.setAsideCheckpoints(after: checkpoint.update)
    try AtomicFile.write(configuration.toml, to: folder.configuration)
  }

  /// The configuration of the run in `folder`, with settings that a continued run may change.
  ///
  /// Throws a usage `UserError` with both values if anything else is to change: shapes, data, seed.
  public static func configuration(
    resuming folder: RunFolder, files: [URL] = [], overrides: [ConfigurationOverride] = []
  ) throws -> ResolvedConfiguration {
    let schema = LanguageModelSchema.standard
    let saved = try schema.resolve(files: [folder.configuration])
    let asked = try schema.resolve(files: [folder.configuration] + files, overrides: overrides)
    let fixed = asked.differences(from: saved).filter { !changeableKeys.contains($0.key) }
    if let difference = fixed.first {
      throw UserError.usage(
        "'\(folder.url.relativePath)' was begun with \(difference.key) = \(difference.theirs), "
          + "but \(difference.ours) is asked for",
        hint: "drop the option to continue with the run's own value, or begin a new run with --out")
    }
    try LanguageModelSchema.check(asked)
    return asked
  }

  /// What does not change the meaning of what a run has done so far.
  private static let changeableKeys: Set<String> = [
    "data.cache", "train.epochs", "train.updates", "train.threads", "train.eval_every",
    "train.save_every", "train.patience", "optimizer.lr", "optimizer.clip_norm",
    "optimizer.clip_value", "schedule.name", "schedule.warmup", "schedule.factor",
    "schedule.every", "schedule.start", "schedule.patience", "schedule.minimum",
  ]

  /// Updates done so far.
  public var update: Int { trainer.update }

  /// Trains to the end, or until `shouldStop` says so after an update.
  public func train(
    shouldStop: () -> Bool = { false }, _ report: (TrainingEvent) -> Void
  ) throws -> TrainingEnd {
    report(.started(summary.starting(at: trainer.update)))
    let evaluationInterval = configuration.integer("train.eval_every")
    let savingInterval = configuration.integer("train.save_every")
    while trainer.update < totalUpdates {
      let rate = schedule.rate(
        update: trainer.update, epoch: trainer.epoch, totalUpdates: totalUpdates)
      let step = trainer.step(learningRate: rate)
      try checkFinite(step.result, rate: rate)
      progress.lossSum += step.loss * Double(step.tokens)
      progress.lossTokens += step.tokens
      report(.updated(updateReport(step.loss, step.result.gradientNorm, rate, step.tokens)))

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
    Double(trainer.update) / Double(trainer.streams.updatesPerEpoch)
  }

  private func validate(_ report: (TrainingEvent) -> Void) throws {
    guard let validation else {
      try saveModel()
      return
    }
    let score = evaluator.score(validation.tokens, range: validation.range)
    let isBest = score.loss < progress.bestLoss ?? .infinity
    let trainingLoss =
      progress.lossTokens > 0 ? progress.lossSum / Double(progress.lossTokens) : nil
    (progress.lossSum, progress.lossTokens) = (0, 0)
    if isBest {
      (progress.bestLoss, progress.bestUpdate) = (score.loss, trainer.update)
      progress.validationsWithoutProgress = 0
      try saveModel()
    } else {
      progress.validationsWithoutProgress += 1
    }
    schedule.observe(validationLoss: score.loss)
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
    writer.add(trainer.model.parameters)
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
}

extension RunSummary {
  func starting(at update: Int) -> RunSummary {
    RunSummary(
      parameters: parameters, vocabularySize: vocabularySize, trainingTokens: trainingTokens,
      validationTokens: validationTokens, updatesPerEpoch: updatesPerEpoch,
      totalUpdates: totalUpdates, firstUpdate: update, threads: threads,
      isCorpusReused: isCorpusReused)
  }
}
