import Compute
import Foundation

/// The labels of a task, each with its id, 0 ..< `count`: classes, tags or intents.
///
/// Two spellings of one accented letter are the same label.
package struct LabelSet: Sendable, Equatable {
  /// The label of each id.
  package let names: [String]
  private let ids: [String: Int32]

  /// The distinct labels of `names`, ordered by their UTF-8 bytes: the same on every machine.
  package init(_ names: some Sequence<String>) {
    self.init(
      ordered: Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  /// The labels in the given order; they must be distinct.
  package init(ordered names: [String]) {
    self.names = names
    ids = Dictionary(
      uniqueKeysWithValues: names.enumerated().map { ($0.element, Int32($0.offset)) })
  }

  package var count: Int { names.count }

  /// The id of `name`; nil for a label that is not in the set.
  package func id(_ name: String) -> Int32? { ids[name] }

  package static func == (a: LabelSet, b: LabelSet) -> Bool { a.names == b.names }

  /// Writes one label a line, in the order of ids. Throws a `UserError` if that fails, or if a label
  /// holds a line feed, as a file's name may.
  package func save(to url: URL) throws {
    if let name = names.first(where: { $0.utf8.contains(0x0A) }) {
      throw UserError(
        "the label \(name.debugDescription) holds a line feed", hint: "rename the file that gave it"
      )
    }
    try AtomicFile.write(names.map { $0 + "\n" }.joined(), to: url)
  }

  /// Reads what `save` wrote. Throws a `UserError` that names the file and the line.
  package init(contentsOf url: URL) throws {
    let reader = try LineReader(url)
    var names: [String] = []
    var seen: Set<String> = []
    while let line = try reader.next() {
      let name = line.text
      guard !name.isEmpty else { throw reader.error("found no label, expected one a line") }
      guard seen.insert(name).inserted else {
        throw reader.error("the label '\(name)' appears twice", hint: "each line is one label")
      }
      names.append(name)
    }
    self.init(ordered: names)
  }

  /// The error that a label outside the set is, found at `place`.
  package func unknown(_ name: String, at place: String) -> UserError {
    let shown = names.prefix(12).joined(separator: ", ") + (count > 12 ? ", …" : "")
    return UserError(
      "\(place): unknown label '\(name)', expected one of the \(count) that were trained: \(shown)",
      hint: "correct the label, or train on data that has it")
  }
}

/// How many examples each label has, and what is odd about that.
package struct LabelCounts: Sendable, Equatable {
  package let labels: LabelSet
  package let counts: [Int]

  /// Counts `ids`, which must be below `labels.count`.
  package init(_ labels: LabelSet, _ ids: some Sequence<Int32>) {
    self.labels = labels
    counts = ids.reduce(into: [Int](repeating: 0, count: labels.count)) { $0[Int($1)] += 1 }
  }

  /// Labels without an example.
  package var empty: [String] { names { $0 == 0 } }

  /// Labels with a single example: it is learnt or measured, never both.
  package var seenOnce: [String] { names { $0 == 1 } }

  /// Sentences for a log, none if every label has two examples; `part` is such as "training".
  package func warnings(_ part: String) -> [String] {
    func sentence(_ names: [String], _ what: String) -> String? {
      guard !names.isEmpty else { return nil }
      let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
      let subject = names.count == 1 ? "1 label has" : "\(names.count) labels have"
      return "\(subject) \(what) in \(part): \(shown)"
    }
    return [sentence(empty, "no example"), sentence(seenOnce, "a single example")]
      .compactMap { $0 }
  }

  private func names(_ isWanted: (Int) -> Bool) -> [String] {
    counts.indices.filter { isWanted(counts[$0]) }.map { labels.names[$0] }
  }
}
