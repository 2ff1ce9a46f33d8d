import Compute
import Foundation

/// What a run that begins with another one's weights takes over of its settings where nobody says otherwise:
/// what gives weights their shapes and rows their meaning. In a network of other sizes hardly one would fit.
struct InheritedSettings {
  /// Of another task: the layers that read the input.
  private static let layers: Set<String> = [
    "model.cell", "model.layers", "model.hidden", "model.embedding",
  ]

  private let values: [SettingsOverride]
  private let place: String

  /// - Parameters:
  ///   - url: the other run's folder.
  ///   - task: that is to be trained.
  ///
  /// Throws a `UserError` if there is no run.
  init<Task: TrainingTask>(from url: URL, _ task: Task.Type) throws {
    let (folder, schema) = (try RunFolder.open(at: url), Task.schema)
    let isSameTask = try folder.task().name == Task.name
    place = url.relativePath
    values = try SettingsFile.read(folder.configuration).compactMap { entry in
      guard case .value(let value) = entry.found, let option = schema.option(entry.key),
        !option.isPath,
        isSameTask
          ? Self.shapes(option) || Task.readingKeys.contains(entry.key)
          : Self.layers.contains(entry.key),
        option.kind.accepts(option.kind.adapt(value))
      else { return nil }
      return SettingsOverride(entry.key, option.kind.adapt(value))
    }
  }

  private static func shapes(_ option: SettingsOption) -> Bool {
    option.key.hasPrefix("model.")
      || option.key.hasPrefix("data.") && option.followsData && option.name != "valid_fraction"
  }

  /// `settings` with those that neither somebody nor the data chose before, but for what contradicts what
  /// they chose; and a line to tell, nil where nothing is other than it would be.
  func filling(
    _ settings: ResolvedSettings, isPossible: (ResolvedSettings) -> Bool
  ) -> (settings: ResolvedSettings, line: String?) {
    let all = settings.filled(with: values)
    let filled =
      isPossible(all)
      ? all
      : values.reduce(settings) { sofar, value in
        let next = sofar.filled(with: [value])
        return isPossible(next) ? next : sofar
      }
    let list = filled.differences(from: settings).map { "\($0.key) = \($0.ours)" }
    return (
      filled, list.isEmpty ? nil : "as in '\(place)': " + list.joined(separator: ", ")
    )
  }
}
