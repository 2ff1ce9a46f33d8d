import Foundation

extension RunFolder {
  /// Whether the files that `settings` name under `key` are those that the run began with, by their
  /// contents and in their order: data that have only moved.
  ///
  /// Cost: reads the files, where their number is right.
  func hasMoved(_ key: String, in settings: ResolvedSettings) throws -> Bool {
    let paths = settings.dataPaths.filter { $0.key == key && !$0.path.isEmpty }
    guard !paths.isEmpty, FileManager.default.fileExists(atPath: data.path) else { return false }
    let earlier = try DataManifest(contentsOf: data).entries.filter { $0.key == key }
    guard earlier.count == paths.count else { return false }
    return try zip(DataManifest(paths).entries, earlier).allSatisfy { $0.hasContents(of: $1) }
  }
}
