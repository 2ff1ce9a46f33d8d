import Compute
import Foundation

/// The lines of text files, UTF-8, and the documents they make: blank lines stand between documents.
///
/// White space around lines is dropped; blank lines are no lines, and are counted.
package struct TextLines: Sendable {
  package private(set) var lines: [String] = []
  package private(set) var blankLineCount = 0
  /// The line at which each document begins, and the end.
  package private(set) var documentStarts = [0]
  private var numbers: [Int32] = []
  /// The files, and the first line of each.
  private var files: [(url: URL, firstLine: Int)]

  /// Throws a `UserError` for bytes that are no text, which names file and line, and for a file that
  /// holds blank lines only.
  package init(contentsOf url: URL) throws {
    files = [(url, 0)]
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
  package func place(_ index: Int) -> String {
    let file = files.last { $0.firstLine <= index } ?? files[0]
    return "'\(file.url.path)' line \(numbers[index])"
  }

  /// For messages about all lines.
  package var name: String {
    "'\(files[0].url.relativePath)'" + (files.count > 1 ? " and others" : "")
  }

  /// The lines of several files, one behind the other. A document ends with its file.
  package static func joined(_ parts: [TextLines]) -> TextLines {
    parts.dropFirst().reduce(into: parts[0]) { all, part in
      let first = all.lines.count
      all.files += part.files.map { ($0.url, first + $0.firstLine) }
      all.lines += part.lines
      all.numbers += part.numbers
      all.blankLineCount += part.blankLineCount
      all.documentStarts += part.documentStarts.dropFirst().map { first + $0 }
    }
  }
}
