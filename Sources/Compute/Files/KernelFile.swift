import Foundation

/// Files that the kernel writes as they are read, those in `/proc`.
enum KernelFile {
  /// The whole text. (`String(contentsOfFile:)` takes the first page of such a file for all of it.)
  static func text(_ path: String) -> String? {
    guard let bytes = try? FileHandle(forReadingAtPath: path)?.readToEnd() else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
