import Compute
import Foundation

extension RunFolder {
  /// The best weights before those of `model`.
  package var earlierModel: URL { url.appendingPathComponent(Self.earlierModelName) }

  /// Keeps `model`, if there is one, as `earlierModel`: it is about to be replaced.
  package func keepModel() throws {
    guard FileManager.default.fileExists(atPath: model.path) else { return }
    try UserError.naming("keep", model) {
      let other = url.appendingPathComponent(AtomicFile.partialName(of: Self.earlierModelName)).path
      do {
        try FileSystem.hardLink(model.path, to: other)
        try FileSystem.rename(other, to: earlierModel.path)
        // POSIX: a rename between two names of one file does nothing. They are, if the model was kept
        // before and the job was killed before it was replaced.
        try FileSystem.remove(other)
      } catch {
        try? FileSystem.remove(other)
        // A file system without links: for a moment there is only the earlier one.
        try FileSystem.rename(model.path, to: earlierModel.path)
      }
      // Before the other one takes its place.
      try FileSystem.synchronizeFolder(url.path)
    }
  }

  func restoreEarlierModel() throws {
    try UserError.naming("write", model) {
      try FileSystem.rename(earlierModel.path, to: model.path)
      try FileSystem.synchronizeFolder(url.path)
    }
  }
}
