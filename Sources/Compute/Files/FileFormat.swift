import Foundation

/// The formats of a kind of file, counted from 1. A file says which one it has; one that says nothing
/// was written before there were numbers, and has the first.
///
/// The number rises when an older version could not read a file, or would take it for what it is not.
package struct FileFormat: Sendable {
  /// The newest that this version knows, which it writes.
  package let current: Int

  package init(_ current: Int) { self.current = current }

  /// The format of the file at `url`, of what was `found` in it.
  ///
  /// Throws a `UserError` that names the file if it is newer than this version knows.
  ///
  /// - Parameter version: of the program that wrote it, if the file says so.
  @discardableResult
  package func check(_ found: Int?, of url: URL, by version: String? = nil) throws -> Int {
    let format = found ?? 1
    guard (1...current).contains(format) else {
      let writer = version.map { "Unroll \($0)" } ?? "another version of Unroll"
      throw UserError(
        "'\(url.relativePath)' has the format \(format), expected at most \(current)",
        hint: "it was written by \(writer), use that one: this is Unroll \(UnrollVersion.current)")
    }
    return format
  }
}
