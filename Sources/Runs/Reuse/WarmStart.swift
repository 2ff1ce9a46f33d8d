import Autodiff
import Compute
import Foundation
import Interchange
import Parallel

/// Weights of one run as the first ones of another: of the same task on other data, or of another
/// task with layers of the same shape, as a language model's under a classifier.
///
/// A parameter takes that of its name, and of its shape but for rows and columns that have names of
/// their own (`NamedAxis`): those go by name, and new ones stay as they began. Between tasks, layers
/// are called as `TrainingTask.layerNames` says.
///
/// Source: Dai & Le, "Semi-supervised Sequence Learning" (2015).
package struct WarmStart {
  private let folder: RunFolder
  /// Declared only.
  private let source: any TrainingTask
  private let file: SafetensorsFile

  /// Opens the best weights of the run in the folder at `url`. Throws a `UserError` if it has none.
  package init(from url: URL, team: WorkerTeam) throws {
    folder = try RunFolder.open(at: url)
    source = try folder.declaredTask(team: team)
    file = try folder.openModel()
  }

  /// Overwrites the weights of `task`, which has begun, with those that fit.
  ///
  /// Throws a `UserError` if none does.
  ///
  /// - Returns: what was taken, and what was not, in lines.
  package func fill<Task: TrainingTask>(_ task: Task) throws -> [String] {
    let axes = Axes(task.namedAxes)
    let sourceAxes = Axes(source.namedAxes)
    var (weights, whole, lines) = (0, 0, [String]())
    for parameter in task.parameters.parameters {
      let name = Self.name(of: parameter.name, in: Task.self, from: type(of: source))
      guard let other = source.parameters.parameter(named: name) else {
        lines.append("  \(parameter.name): new; there is no \(name)")
        continue
      }
      guard
        let map = ParameterMap(
          parameter, axes[parameter.name], from: other, sourceAxes[other.name])
      else {
        lines.append(
          "  \(parameter.name): new, \(parameter.shapeText(axes[parameter.name])); there "
            + other.shapeText(sourceAxes[other.name]))
        continue
      }
      map.copy(try values(of: other), width: other.columns, to: parameter)
      weights += map.count
      if map.isWhole { whole += 1 } else { lines.append("  \(parameter.name): \(map.text)") }
    }
    guard weights > 0 else {
      throw UserError(
        "'\(folder.url.relativePath)' has no weights that fit this model:\n"
          + lines.joined(separator: "\n"),
        hint: "give the layers its shape, which '\(folder.configuration.relativePath)' tells")
    }
    task.parameters.pack()
    let head =
      "from '\(folder.url.relativePath)': \(weights) of \(task.parameters.parameterCount) weights, "
      + "\(whole) of \(task.parameters.parameters.count) parameters as they are"
    return [head] + lines
  }

  /// Where `data` are not what the other run learnt from, in lines.
  func differences(of data: DataManifest) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder.data.path) else { return [] }
    return data.differences(from: try DataManifest(contentsOf: folder.data)).map { "  \($0)" }
  }

  private func values(of parameter: Parameter<Float>) throws -> [Float] {
    let values = try file.floats(parameter.name)
    guard values.count == parameter.count else {
      throw UserError(
        "'\(file.url.relativePath)' holds \(parameter.name) as \(values.count) numbers, expected "
          + "\(parameter.count)", hint: "use the configuration the file was made with")
    }
    return values
  }

  /// What a parameter of `task` is called in a run of `other`.
  static func name(
    of parameter: String, in task: any TrainingTask.Type, from other: any TrainingTask.Type
  ) -> String {
    guard task.name != other.name else { return parameter }
    var name = parameter
    if let own = task.layerNames.first(where: { parameter.hasPrefix($0.value) }) {
      name = own.key + parameter.dropFirst(own.value.count)
    }
    if let theirs = other.layerNames.first(where: { name.hasPrefix($0.key) }) {
      name = theirs.value + name.dropFirst(theirs.key.count)
    }
    return name
  }
}

extension RunFolder {
  /// The task of the run, its model declared, without weights.
  func declaredTask(team: WorkerTeam) throws -> any TrainingTask {
    try task().declared(in: self, team: team)
  }
}

extension TrainingTask {
  fileprivate static func declared(in folder: RunFolder, team: WorkerTeam) throws -> Self {
    try Self(
      opening: folder, try settings(of: folder).settings(as: Settings.self),
      Workplace(team: team, folder: folder))
  }
}
