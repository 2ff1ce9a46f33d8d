import Autodiff
import Compute
import Foundation
import Interchange
import Parallel

/// A run whose weights are the mean of those of several: of the last checkpoints of one training, or of
/// runs that began with the same weights.
///
/// Sources: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization" (2018);
/// Wortsman et al., "Model soups" (2022).
package struct AveragedRun {
  private let sources: [Source]
  private let task: any TrainingTask

  private struct Source {
    let folder: RunFolder
    let file: SafetensorsFile
  }

  /// - Parameter urls: run folders, whose best weights are meant, and checkpoints in them.
  ///
  /// Throws a `UserError` for one that holds no weights, and names what differs where they do not go
  /// together.
  package init(of urls: [URL], team: WorkerTeam) throws {
    guard urls.count > 1 else {
      throw UserError.usage(
        "the mean of \(urls.count) run", hint: "name two or more runs or checkpoints")
    }
    sources = try urls.map(Self.open)
    let tasks = try sources.map { try $0.folder.declaredTask(team: team) }
    try RunAgreement.check(zip(sources, tasks).map { ($0.folder, $1) }, shapes: true)
    task = tasks[0]
  }

  private static func open(_ url: URL) throws -> Source {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    guard !isFolder.boolValue, Checkpoint.update(ofFile: url.lastPathComponent) != nil else {
      let folder = try RunFolder.open(at: url)
      return Source(folder: folder, file: try folder.openModel())
    }
    let folder = try RunFolder.open(at: url.deletingLastPathComponent())
    let file = try SafetensorsFile.open(url, verifyDigest: true)
    try WeightsFile.check(file)
    return Source(folder: folder, file: file)
  }

  /// Where the first run's settings of the model are others than another's, in sentences.
  package var notes: [String] {
    get throws {
      let first = sources[0].folder
      let settings = try first.settings()
      return try sources.dropFirst().flatMap { source in
        settings.differences(from: try source.folder.settings(), in: ["model"]).map {
          "'\(source.folder.url.relativePath)' has \($0.key) = \($0.theirs); the mean keeps "
            + "\($0.ours) of '\(first.url.relativePath)'"
        }
      }
    }
  }

  /// Writes the run: the first one's settings and files, and the mean weights. It is evaluated and used
  /// like any other, and can be begun with (`--from`), but not resumed.
  ///
  /// - Parameter overwrite: replaces the run that the folder holds.
  package func write(to url: URL, overwrite: Bool = false) throws {
    let lock = try RunLock(url, isBeginning: true)
    defer { withExtendedLifetime(lock) {} }
    let settings = try sources[0].folder.settings()
    let text = try RegularFile.text(of: sources[0].folder.configuration)
    let store = task.parameters
    store.allocate(seed: nil)
    for parameter in store.parameters { parameter.values = try mean(of: parameter) }
    try RunFolder.begin(at: url, overwrite: overwrite) { staged in
      for artifact in task.artifacts { try artifact.write(to: staged) }
      var writer = SafetensorsWriter(
        metadata: WeightsFile.metadata(
          settings, [WeightsFile.averagedKey: String(sources.count)]))
      writer.add(store)
      try writer.write(to: staged.model)
      try AtomicFile.write(text, to: staged.configuration)
    }
  }

  /// Summed in `Double`, in the order of the runs.
  private func mean(of parameter: Parameter<Float>) throws -> [Float] {
    var sums = [Double](repeating: 0, count: parameter.count)
    for source in sources {
      let values = try source.file.floats(parameter.name)
      guard values.count == sums.count else {
        throw UserError(
          "'\(source.file.url.relativePath)' holds \(parameter.name) as \(values.count) numbers, "
            + "expected \(sums.count)", hint: "use another copy")
      }
      for (place, value) in values.enumerated() { sums[place] += Double(value) }
    }
    return sums.map { Float($0 / Double(sources.count)) }
  }
}
