import Compute
import Foundation

/// Where examples were read: file and line.
struct ExamplePlaces: Sendable {
  /// Those that examples were read from side by side, and the first example.
  private var files: [(files: [URL], first: Int)] = []
  private var lines = LongList<Int32>()

  var count: Int { lines.count }
  /// For messages about all of them.
  var firstFile: String { files.first?.files.first?.path ?? "" }

  /// What is added from now on stands there.
  mutating func begin(_ files: URL...) { self.files.append((files, lines.count)) }

  /// Throws a `UserError` where the disk has no room.
  mutating func add(line: Int) throws { try lines.append(Int32(clamping: line)) }

  /// `'file' line 3`
  func place(_ index: Int) -> String {
    var (lower, upper) = (0, files.count)
    while lower + 1 < upper {
      let middle = (lower + upper) / 2
      if files[middle].first <= index { lower = middle } else { upper = middle }
    }
    return files[lower].files.map { "'\($0.path)'" }.joined(separator: " and ")
      + " line \(lines[index])"
  }
}
