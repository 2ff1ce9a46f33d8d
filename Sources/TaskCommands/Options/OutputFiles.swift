import Compute
import Foundation
import Runs

/// The files that a command is asked to write.
package enum OutputFiles {
  /// Throws a usage `UserError` if one of them is to be written twice, or is one that is read or a run's own: what
  /// stands there would be lost in silence. Devices take anything.
  ///
  /// - Parameters:
  ///   - written: options and what they name; nil where an option is not given.
  ///   - read: likewise; folders count with themselves alone.
  package static func check(
    _ written: [(option: String, path: String?)],
    reading read: [(option: String, paths: [String])] = []
  ) throws {
    var seen = read.flatMap { option, paths in paths.map { (option, File($0)) } }
    for case (let option, let path?) in written {
      guard !RunFolder.isOwnFile(URL(fileURLWithPath: path)) else {
        throw UserError.usage(
          "'\(path)' is to be written by \(option), and is one of the files that a run consists of",
          hint: "name another file with \(option)")
      }
      let file = File(path)
      if let other = seen.first(where: { $0.1 == file }) {
        throw UserError.usage(
          "'\(path)' is to be written by \(option), and is that of \(other.0) too",
          hint: "name another file with \(option)")
      }
      if !file.isStream { seen.append((option, file)) }
    }
  }

  /// What a path leads to.
  private struct File: Equatable {
    let place: String
    /// Device and number, of a file that is there.
    var identity: [UInt64]?
    var isStream = false

    init(_ path: String) {
      place = URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
      var status = stat()
      guard stat(path, &status) == 0 else { return }
      let kind = status.st_mode & S_IFMT
      isStream = kind != S_IFREG && kind != S_IFDIR
      identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
    }

    static func == (a: File, b: File) -> Bool {
      guard !a.isStream, !b.isStream else { return false }
      return a.place == b.place || a.identity != nil && a.identity == b.identity
    }
  }
}
