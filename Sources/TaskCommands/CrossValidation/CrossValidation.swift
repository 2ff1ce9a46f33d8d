import Compute
import Foundation
import Interchange
import Runs

/// Trains a task once for each part of its data and each seed, each in a run of its own.
struct CrossValidation {
  private let settings: ResolvedSettings
  private let folder: URL
  /// Whether runs that are there are trained anew.
  private let overwrites: Bool
  private let arguments: CrossValidationArguments
  private let request: TrainingRequest

  /// Throws `UserError.usage` for a request that is not for new runs.
  init(_ request: TrainingRequest) throws {
    guard case .new(let settings, let folder, let overwrites) = request.start,
      let arguments = request.crossValidation
    else {
      throw UserError.usage(
        "a cross-validation is no single run", hint: "give its command again to go on with it")
    }
    guard settings["train.fold"] == .string("") else {
      throw UserError.usage("--fold names a single part", hint: "drop it: --folds has all of them")
    }
    (self.settings, self.folder, self.request) = (settings, folder, request)
    (self.overwrites, self.arguments) = (overwrites, arguments)
  }

  func run<Task: TrainableTask>(_ task: Task.Type) throws {
    guard case .integer(let first) = settings["train.seed"] else { return }
    let (end, overflow) = first.addingReportingOverflow(arguments.seeds)
    guard !overflow else {
      throw UserError.usage(
        "--seed \(first): there are no \(arguments.seeds) seeds from it on",
        hint: "name a smaller one")
    }
    var results: [CrossValidationResult.Run] = []
    for seed in first..<end {
      for fold in 1...arguments.folds {
        let name = "fold-\(fold)-seed-\(seed)"
        let run = folder.appendingPathComponent(name)
        let wanted = try settings.with([
          SettingsOverride("train.fold", .string("\(fold)/\(arguments.folds)")),
          SettingsOverride("train.seed", .integer(seed)),
        ])
        if !request.isQuiet {
          Output.standardError.message(
            "part \(fold) of \(arguments.folds), seed \(seed): \(name)")
        }
        results.append(
          .init(name: name, fold: fold, seed: seed, figures: try figures(of: run, wanted, task)))
      }
    }
    let result = CrossValidationResult(results, folds: arguments.folds, seeds: arguments.seeds)
    Output.standardOutput.write(arguments.json ? "\(result.json)\n" : result.table)
  }

  /// What the run in a folder has been tested with, after training it as far as that is still to be done.
  private func figures<Task: TrainableTask>(
    of run: URL, _ wanted: ResolvedSettings, _ task: Task.Type
  ) throws -> [(key: String, value: Double)] {
    let isBegun =
      !overwrites
      && FileManager.default.fileExists(
        atPath: run.appendingPathComponent(RunFolder.configurationName).path)
    if isBegun {
      let begun = try RunFolder.open(at: run)
      try check(begun, Task.filled(wanted))
      if let figures = try begun.testFigures { return figures }
    }
    try task.train(
      TrainingRequest(
        start: isBegun
          ? .resume(folder: run, files: [], overrides: [])
          : .new(wanted, folder: run, overwrites: overwrites),
        isQuiet: request.isQuiet, writesProfile: request.writesProfile,
        writesSamples: request.writesSamples,
        board: request.board.map {
          TrainingRequest.Board(folder: $0.folder?.appendingPathComponent(run.lastPathComponent))
        }))
    guard let figures = try RunFolder.open(at: run).testFigures else {
      throw UserError("'\(run.relativePath)' ended without a test")
    }
    return figures
  }

  /// Throws a usage `UserError` if the run was begun with other settings, a `UserError` if with other data.
  private func check(_ run: RunFolder, _ wanted: ResolvedSettings) throws {
    let begun = try wanted.schema.resolve(
      presets: wanted.schema.formerValues, files: [run.configuration])
    let differences = wanted.differences(from: begun).filter { $0.key != "train.threads" }
    // A file that has changed says more than what follows from it.
    if !differences.contains(where: { $0.key.hasPrefix("data.") }),
      FileManager.default.fileExists(atPath: run.data.path)
    {
      try DataManifest(begun.dataPaths).check(against: DataManifest(contentsOf: run.data), of: run)
    }
    guard let difference = differences.first else { return }
    throw UserError.usage(
      "'\(run.url.relativePath)' was begun with \(difference.key) = \(difference.theirs), but "
        + "\(difference.ours) is asked for",
      hint: "name another folder with --out, or remove this one")
  }
}

extension RunFolder {
  /// What the best weights were tested with at the end, as `metrics.jsonl` tells; nil before that.
  fileprivate var testFigures: [(key: String, value: Double)]? {
    get throws {
      let record = try metricsRecords().last { $0["split"]?.string == "test" }
      guard case .object(let members)? = record else { return nil }
      return members.compactMap { member in
        guard !MetricsRecord.circumstances.contains(member.name) else { return nil }
        return member.value.number.map { (member.name, $0) }
      }
    }
  }
}
