import Compute
import Corpora
import Foundation
import Runs

/// How often each token stands in the texts that a model learns from: what a hierarchical output makes its
/// tree of, whenever the model is opened.
package struct TokenCounts: FileValue {
  package let counts: [Int]

  init(_ counts: [Int]) { self.counts = counts }

  /// Writes one number a line, in the order of ids. Throws a `UserError`.
  package func save(to url: URL) throws {
    try AtomicFile.write(counts.map { "\($0)\n" }.joined(), to: url)
  }

  /// Reads what `save` wrote. Throws a `UserError` that names the file and the line.
  package init(contentsOf url: URL) throws {
    let reader = try LineReader(url)
    var counts: [Int] = []
    while let line = try reader.nextText() {
      guard let count = Int(line), count >= 0 else {
        throw UserError(
          "\(reader.place) line \(reader.number): found '\(line)', expected how often a token was seen",
          hint: "take the file from the run again, or train anew")
      }
      counts.append(count)
    }
    self.counts = counts
  }

  /// The same, if there is one for each token. Throws a `UserError` if there are more or fewer.
  func counts(of tokens: Int, _ folder: RunFolder) throws -> [Int] {
    guard counts.count == tokens else {
      throw UserError(
        "'\(folder.counts.relativePath)' holds \(counts.count) numbers, expected one for each of "
          + "\(tokens) tokens", hint: "take the file from the run again, or train anew")
    }
    return counts
  }
}
