import Corpora
import Runs

/// The tags of sentences as files write them, by number: what a user gives weights to, whatever scheme the
/// model learns.
struct WrittenTags {
  let labels: LabelSet
  let ids: IDSequences

  init(_ data: TaggingData, _ tags: TagSet) {
    let names = data.sentences.map { tags.truth($0.tags) }
    let labels = LabelSet(names.lazy.joined())
    self.labels = labels
    ids = names.reduce(into: IDSequences()) { $0.append($1.map { labels.id($0) ?? 0 }) }
  }

  /// The tag of each sentence that the fewest words have: what a sentence is drawn for.
  var rarest: [Int32] {
    let counts = LabelCounts(labels, ids.ids).counts
    return (0..<ids.count).map { sentence in
      ids[sentence].min { (counts[Int($0)], $0) < (counts[Int($1)], $1) } ?? 0
    }
  }
}

/// What words weigh in the loss of a tagger, by their tags.
struct TagWeights {
  let weights: ClassWeights
  /// Of each sentence's words, among the labels that have weights.
  let ids: IDSequences

  /// Nil where all weigh alike.
  ///
  /// - Parameter setting: `none`, `balanced`, or a file of `tag<TAB>weight` lines.
  /// - Throws: a `UserError` that names the file and the line.
  init?(_ setting: String, _ tags: WrittenTags) throws {
    guard
      let weights = try ClassWeights(setting, tags.labels, tags.ids.ids, admitsOthers: true)
    else { return nil }
    self.weights = weights
    ids = tags.ids
  }
}
