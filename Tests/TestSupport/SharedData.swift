import Foundation

/// Finds data sets that are too large or too restricted to be committed. Tests that need them skip
/// where they are absent.
package enum SharedData {
  /// The file or folder `path` of the shared data, or nil where it is not there.
  ///
  /// Looks in the folder that the environment variable UNROLL_SHARED_DATA names, else in
  /// `shared/data` beside the package.
  package static func url(_ path: String) -> URL? {
    let folder: URL
    if let named = ProcessInfo.processInfo.environment["UNROLL_SHARED_DATA"], !named.isEmpty {
      folder = URL(fileURLWithPath: named)
    } else {
      folder = packageRoot.deletingLastPathComponent().appendingPathComponent("shared/data")
    }
    let url = folder.appendingPathComponent(path)
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }

  /// The folder that holds Package.swift.
  package static var packageRoot: URL {
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }
}
