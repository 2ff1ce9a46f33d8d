import Compute
import Foundation

/// The lines of a text file, UTF-8, and the documents they make: blank lines stand between documents.
///
/// White space around lines is dropped; blank lines are no lines, and are counted.
package struct TextLines: Sendable {
  package private(set) var lines: [String] = []
  package private(set) var blankLineCount = 0
  /// The line at which each document begins, and the end.
  package private(set) var documentStarts = [0]
  private var numbers: [Int32] = []
  private let url: URL

  /// Throws a `UserError` for bytes that are no text, which names file and line, and for a file that
  /// holds blank lines only.
  package init(contentsOf url: URL) throws {
    self.url = url
    let reader = try LineReader(url)
    while let bytes = try reader.next() {
      guard !bytes.isBlank else {
        blankLineCount += 1
        if documentStarts.last != lines.count { documentStarts.append(lines.count) }
        continue
      }
      lines.append(bytes.text.trimmingCharacters(in: .whitespaces))
      numbers.append(Int32(clamping: reader.number))
    }
    guard !lines.isEmpty else {
      throw UserError(
        "'\(url.path)' holds blank lines only, \(blankLineCount) of them",
        hint: "name a file with a sentence on each line")
    }
    if documentStarts.last != lines.count { documentStarts.append(lines.count) }
  }

  package var count: Int { lines.count }

  /// Where line `index` was found: `'file' line 3`.
  package func place(_ index: Int) -> String { "'\(url.path)' line \(numbers[index])" }
}
