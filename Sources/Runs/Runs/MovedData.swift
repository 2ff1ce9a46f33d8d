import Corpora
import Foundation

extension RunFolder {
  /// Whether the files that `settings` name under `key` are those that the run began with, by their
  /// contents, in their order and with the weights that `saved` has: data that have only moved.
  ///
  /// Cost: reads the files, where their number is right.
  func hasMoved(
    _ key: String, in settings: ResolvedSettings, from saved: ResolvedSettings
  ) throws -> Bool {
    let paths = settings.dataPaths.filter { $0.key == key && !$0.path.isEmpty }
    guard !paths.isEmpty, settings.weights(of: key) == saved.weights(of: key),
      FileManager.default.fileExists(atPath: data.path)
    else { return false }
    let earlier = try DataManifest(contentsOf: data).entries.filter { $0.key == key }
    guard earlier.count == paths.count else { return false }
    return try zip(DataManifest(paths).entries, earlier).allSatisfy { $0.hasContents(of: $1) }
  }
}

extension ResolvedSettings {
  /// How often what each path holds is to be read; 1 where none says.
  fileprivate func weights(of key: String) -> [Double] {
    guard case .strings(let paths) = self[key] else { return [] }
    return paths.map { (try? WeightedPath($0))?.weight ?? 1 }
  }
}
