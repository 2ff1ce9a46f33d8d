import ArgumentParser
import Foundation
import Unroll

/// Where a run lives and how it shows itself: the same in all jobs.
struct RunOptions: ParsableArguments {
  static let discussion = """
    Settings come from defaults, then --config files in order, then UNROLL_TABLE_NAME variables, \
    then the options below, later over earlier. The run folder keeps all of them in config.toml, \
    the metrics in metrics.jsonl, the best weights in model.safetensors (PyTorch's names) and the \
    last two checkpoints.
    """

  @Option(help: "Folder of the run.") var out: String?
  @Option(help: "Continue this run from its last checkpoint.") var resume: String?
  @Flag(help: "Replace the run that the folder holds.") var overwrite = false
  @Flag(name: .shortAndLong, help: "No progress on standard error.") var quiet = false
  @Flag(help: "Write the time by phase into metrics.jsonl.") var profile = false
  @Option(
    parsing: .unconditionalSingleValue,
    help: "Configuration file in TOML; may be repeated, later over earlier.")
  var config: [String] = []
  @Option(
    name: .customLong("set"), help: "Any setting by its key: --set optimizer.beta2=0.98.")
  var set: [String] = []

  /// Trains a new run of `kind`, or goes on with the run that `--resume` names, whatever its kind.
  ///
  /// - Parameter paths: keys that hold paths; a run must find its data from any working directory.
  func train(_ kind: JobKind, _ typed: Settings, paths: [String]) throws {
    var settings = typed
    settings.add(overrides: try set.map { try ConfigurationOverride(parsing: $0) })
    switch (out, resume) {
    case (let out?, nil):
      try begin(kind.job, settings, paths: paths, at: URL(fileURLWithPath: out))
    case (nil, let resume?):
      let folder = try RunFolder.open(at: URL(fileURLWithPath: resume))
      try goOn(try folder.jobKind().job, settings, in: folder)
    case (nil, nil):
      throw UserError.usage("no run folder", hint: "name one with --out RUN, or --resume RUN")
    case (.some, .some):
      throw UserError.usage(
        "--out and --resume name two run folders", hint: "--resume RUN alone continues RUN")
    }
  }

  private var files: [URL] { config.map { URL(fileURLWithPath: $0) } }

  private func begin<Job: TrainingJob>(
    _ job: Job.Type, _ settings: Settings, paths: [String], at url: URL
  ) throws {
    let configuration = try Job.schema.resolve(
      presets: settings.presets, files: files,
      environment: ProcessInfo.processInfo.environment, overrides: settings.overrides
    ).withAbsolutePaths(paths)
    let run = try TrainingRun<Job>(
      configuration, folder: RunFolder.plan(at: url, overwrite: overwrite))
    try run.begin(overwrite: overwrite)
    try train(run, TrainingDisplay(isQuiet: quiet), isResumed: false)
  }

  private func goOn<Job: TrainingJob>(
    _ job: Job.Type, _ settings: Settings, in folder: RunFolder
  ) throws {
    let run = try TrainingRun<Job>(
      TrainingRun<Job>.configuration(
        resuming: folder, files: files, overrides: settings.overrides), folder: folder)
    let display = TrainingDisplay(isQuiet: quiet)
    try run.resume(display.show)
    try train(run, display, isResumed: true)
  }

  private func train<Job: TrainingJob>(
    _ run: TrainingRun<Job>, _ display: TrainingDisplay, isResumed: Bool
  ) throws {
    try display.open(run.folder.metrics, resumingAt: isResumed ? run.update : nil)
    let signals = StopSignals()
    let end = try run.train(shouldStop: { signals.isStopRequested }, display.show)
    if profile { display.writeProfile(run.trainer.updater.phaseSeconds, update: run.update) }
    try display.finish(end, run)
    if end == .interrupted, let code = signals.exitCode { throw ExitCode(code) }
  }
}

extension ResolvedConfiguration {
  /// A run must find its data again from any working directory.
  fileprivate func withAbsolutePaths(_ paths: [String]) throws -> ResolvedConfiguration {
    func absolute(_ path: String) -> String {
      path.isEmpty ? path : URL(fileURLWithPath: path).path
    }
    return try schema.resolve(
      overrides: schema.keys.map { key in
        guard paths.contains(key) else { return ConfigurationOverride(key, self[key]) }
        switch self[key] {
        case .string(let path): return ConfigurationOverride(key, .string(absolute(path)))
        case .strings(let list):
          return ConfigurationOverride(key, .strings(list.map(absolute)))
        case let other: return ConfigurationOverride(key, other)
        }
      })
  }
}
