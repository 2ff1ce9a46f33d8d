import Foundation

/// Files that the kernel writes as they are read, those in `/proc` and `/sys`.
package enum KernelFile {
  /// The whole text; nil where there is no such file. (`String(contentsOfFile:)` takes the first page of such
  /// a file for all of it.)
  package static func text(_ path: String) -> String? {
    guard let bytes = try? FileHandle(forReadingAtPath: path)?.readToEnd() else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
