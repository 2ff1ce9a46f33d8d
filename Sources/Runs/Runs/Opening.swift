import Autodiff
import Compute
import Foundation
import Interchange
import Parallel

extension TrainingTask {
  /// The settings of the run in `folder`, checked as if they had been typed: files can be edited.
  package static func settings(of folder: RunFolder) throws -> ResolvedSettings {
    var resolved = try schema.resolve(files: [folder.configuration])
    resolved.format = SettingsFile.format(in: try SettingsFile.read(folder.configuration)) ?? 1
    try resolved.settings(as: Settings.self).checkAll()
    return resolved
  }

  /// Opens the best weights of the run in `folder`. Throws a `UserError` if it is not whole.
  package static func opened(in folder: RunFolder, team: WorkerTeam) throws -> Self {
    let settings = try settings(of: folder).settings(as: Settings.self)
    let task = try Self(opening: folder, settings, Workplace(team: team, folder: folder))
    task.parameters.allocate(seed: nil)
    try folder.restoreModel(task.parameters)
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
      files: [folder.configuration] + files, overrides: overrides
    ).withAbsolutePaths
    // It goes on as it began.
    asked.format = saved.format
    let changeable = schema.changeableKeys
    if let difference = try asked.differences(from: saved).first(where: {
      try !changeable.contains($0.key) && !folder.hasMoved($0.key, in: asked)
    }) {
      throw UserError.usage(
        "'\(folder.url.relativePath)' was begun with \(difference.key) = \(difference.theirs), "
          + "but \(difference.ours) is asked for",
        hint: "drop the option to continue with the run's own value, or begin a new run with --out")
    }
    return asked
  }
}

extension ResolvedSettings {
  /// What the run is trained on: keys and paths, caches left out.
  var dataPaths: [(key: String, path: String)] {
    schema.keys.flatMap { key -> [(String, String)] in
      guard key.hasPrefix("data."), let option = schema.option(key), option.isPath,
        !option.mayChange
      else { return [] }
      switch self[key] {
      case .string(let path): return [(key, path)]
      case .strings(let paths): return paths.map { (key, $0) }
      default: return []
      }
    }
  }
}
