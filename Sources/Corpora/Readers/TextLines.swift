import Compute
import Foundation

/// The lines of text files, UTF-8, and the documents they make: blank lines stand between documents.
///
/// White space around lines is dropped; blank lines are no lines, and are counted.
package struct TextLines: Sendable {
  package private(set) var lines = TextList()
  package private(set) var blankLineCount = 0
  /// The line at which each document begins, and the end. A document ends with its file.
  package private(set) var documentStarts: LongList<Int> = [0]
  private var places = ExamplePlaces()
  private let files: [URL]

  /// Reads files, one behind the other.
  ///
  /// Throws a `UserError` for bytes that are no text, which names file and line, and for a file that
  /// holds blank lines only.
  package init(_ files: [URL]) throws {
    self.files = files
    for file in files { try read(file) }
  }

  private mutating func read(_ url: URL) throws {
    places.begin(url)
    let before = (lines: lines.count, blank: blankLineCount)
    let reader = try LineReader(url)
    while let bytes = try reader.next() {
      let text = bytes.text.trimmingCharacters(in: .whitespaces)
      guard !text.isEmpty else {
        blankLineCount += 1
        try endDocument()
        continue
      }
      try lines.append(utf8: text.utf8)
      try places.add(line: reader.number)
    }
    guard lines.count > before.lines else {
      throw UserError(
        "'\(url.path)' holds blank lines only, \(blankLineCount - before.blank) of them",
        hint: "name a file with a sentence on each line")
    }
    try endDocument()
  }

  private mutating func endDocument() throws {
    if documentStarts.last != lines.count { try documentStarts.append(lines.count) }
  }

  package var count: Int { lines.count }

  /// Where line `index` was found: `'file' line 3`.
  package func place(_ index: Int) -> String { places.place(index) }

  /// For messages about all lines.
  package var name: String {
    "'\(files[0].relativePath)'" + (files.count > 1 ? " and others" : "")
  }
}
