import Compute
import Synchronization

/// What one pass over tagged sentences counts: texts, and tags with their neighbours.
package struct TaggedCounts: Sendable {
  /// The tags with their neighbours.
  package private(set) var triples: TagTriples
  private let texts: NumberedTexts
  /// How often each text is a word, then how often it stands in each column of features.
  private var fields: [[Int]]

  /// - Parameter threads: that share the work; what is counted does not depend on it.
  init(_ sentences: Chosen<TaggedSentences>, threads: Int) throws {
    texts = sentences.texts
    let none = TagTriples(of: texts)
    let unseen = [Int](repeating: 0, count: texts.count)
    let columns = sentences.numbered.first?.columns.count ?? 0
    let noFields = [[Int]](repeating: unseen, count: 1 + columns)
    var triples = none
    let counted = try OrderedWork.run(over: sentences.count, threads: threads) {
      noFields
    } work: { fields, stretch -> TagTriples in
      var found = none
      for index in stretch {
        let sentence = sentences.numbers(index)
        for text in sentence.words { fields[0][Int(text)] += 1 }
        for (column, values) in sentence.columns.enumerated() {
          for text in values { fields[column + 1][Int(text)] += 1 }
        }
        found.add(sentence.tags)
      }
      return found
    } take: {
      triples.merge($0)
    }
    fields = noFields
    for part in counted {
      for field in fields.indices {
        for text in unseen.indices { fields[field][text] += part[field][text] }
      }
    }
    self.triples = triples
  }

  /// The different words, and how often each one stands there.
  package var words: [(text: String, count: Int)] { counts(inField: 0) }

  /// Likewise the different texts in a column of features.
  package func texts(inColumn column: Int) -> [(text: String, count: Int)] {
    counts(inField: column + 1)
  }

  private func counts(inField field: Int) -> [(text: String, count: Int)] {
    fields[field].enumerated().lazy.filter { $0.element > 0 }
      .map { (texts[Int32($0.offset)], $0.element) }
  }

  /// The distinct tags, by their bytes.
  package var tags: LabelSet { LabelSet(triples.all.lazy.map(\.tag)) }
}

/// The counts of a corpus and of its copies, once they were asked for: of a large one a pass takes minutes.
final class KeptCounts: Sendable {
  private let counts = Mutex<TaggedCounts?>(nil)

  func counts(_ make: () throws -> TaggedCounts) rethrows -> TaggedCounts {
    try counts.withLock { kept in
      if let kept { return kept }
      let counts = try make()
      kept = counts
      return counts
    }
  }
}
