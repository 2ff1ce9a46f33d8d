import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Parallel

extension TrainingTask {
  /// The settings of the run in `folder`, checked as if they had been typed: files can be edited.
  package static func settings(of folder: RunFolder) throws -> ResolvedSettings {
    var resolved = try schema.resolve(presets: schema.formerValues, files: [folder.configuration])
    resolved.format = SettingsFile.format(in: try SettingsFile.read(folder.configuration)) ?? 1
    do {
      try resolved.settings(as: Settings.self).checkAll()
    } catch let error as UserError {
      throw UserError.usage(
        "'\(folder.configuration.relativePath)' holds no settings of a run: \(error.message)",
        hint: "restore the file from a copy of the run")
    }
    return resolved
  }

  /// Opens the best weights of the run in `folder`. Throws a `UserError` if it is not whole.
  ///
  /// - Parameter tell: takes what a user should know, in sentences: where the weights come from another
  ///   build, or are read in another precision than they were trained in.
  package static func opened(
    in folder: RunFolder, team: WorkerTeam, _ tell: (String) -> Void = { _ in }
  ) throws -> Self {
    let resolved = try settings(of: folder)
    let file = try folder.openModel()
    try WeightsFile.check(resolved, of: folder, against: file)
    if WeightsFile.isForeign(file) {
      tell("'\(file.url.relativePath)' was saved by another tool, and is taken as it is")
    } else if let difference = Origin(file).difference(of: RunFolder.modelName) {
      tell(difference)
    }
    var settings = resolved.settings(as: Settings.self)
    if let reason = settings.train.lackOfPrecision {
      tell("the run was trained with --precision bf16: \(reason); f32 is used")
      settings.train.precision = Precision.f32.rawValue
    }
    let task = try Self(opening: folder, settings, Workplace(team: team, folder: folder))
    task.parameters.allocate(seed: nil)
    try file.restore(task.parameters)
    return task
  }

  /// The settings of the run in `folder`, with those that a continued run may change.
  ///
  /// Data may have moved: other paths are taken where the contents are the same. Throws a usage `UserError`
  /// with both values if anything else is to change: shapes, data, seed.
  package static func settings(
    resuming folder: RunFolder, files: [URL] = [], overrides: [SettingsOverride] = []
  ) throws -> ResolvedSettings {
    let saved = try settings(of: folder)
    var asked = try schema.resolve(
      presets: schema.formerValues, files: [folder.configuration] + files, overrides: overrides
    ).withAbsolutePaths
    // It goes on as it began.
    asked.format = saved.format
    let changeable = schema.changeableKeys
    if let difference = try asked.differences(from: saved).first(where: {
      try !changeable.contains($0.key) && !folder.hasMoved($0.key, in: asked, from: saved)
    }) {
      throw UserError.usage(
        "'\(folder.url.relativePath)' was begun with \(difference.key) = \(difference.theirs), "
          + "but \(difference.ours) is asked for",
        hint: "drop the option to continue with the run's own value, or begin a new run with --out")
    }
    try folder.check(saved)
    return asked
  }
}

extension RunFolder {
  /// Throws a usage `UserError` if the settings in `config.toml` are not those that the last checkpoint
  /// was made with, as far as they may not change: before anything else goes wrong for that reason.
  fileprivate func check(_ settings: ResolvedSettings) throws {
    for checkpoint in try checkpoints() {
      let whole = try UserError.nilIfDamaged { try SafetensorsFile.open(checkpoint.url) }
      guard let file = whole else { continue }
      do {
        return try WeightsFile.check(settings, of: self, against: file)
      } catch {
        // It may be the file that is damaged.
        if try UserError.nilIfDamaged(file.verifyDigest) != nil { throw error }
      }
    }
  }
}

extension TrainingRun {
  /// What a user should know who goes on from a checkpoint: settings that are others than they were without
  /// being asked for now, another build.
  func notes(of file: SafetensorsFile) throws -> [String] {
    let kept = try Task.settings(of: folder)
    let name = file.url.lastPathComponent
    let changes = try resolved.differences(fromNotesOf: file).filter { kept[$0.key] == $0.ours }
    return changes.map {
      "'\(folder.configuration.lastPathComponent)' has \($0.key) = \($0.ours), which was "
        + "\($0.theirs) when '\(name)' was written: the run goes on with \($0.ours)"
    } + [Origin(file).difference(of: name)].compactMap(\.self)
  }
}

extension ResolvedSettings {
  /// What the run is trained on: keys and paths, caches left out.
  package var dataPaths: [(key: String, path: String)] {
    schema.keys.flatMap { key -> [(String, String)] in
      guard key.hasPrefix("data."), let option = schema.option(key), option.isPath,
        !option.mayChange
      else { return [] }
      switch self[key] {
      case .string(let word) where option.words.contains(word): return []
      case .string(let path): return [(key, path)]
      case .strings(let paths): return paths.map { (key, (try? WeightedPath($0))?.path ?? $0) }
      default: return []
      }
    }
  }
}
