import Compute
import Corpora
import Runs

/// The tags of sentences as files write them, by number: what a user gives weights to, whatever scheme the
/// model learns.
struct WrittenTags {
  let labels: LabelSet
  let ids: IDSequences

  init(_ data: TaggingData, _ tags: TagSet) throws {
    var (found, numbers) = (FoundLabels(), RaggedList<Int32>())
    var truth = TextMemo<Int32>(data.sentences.texts)
    for sentence in data.sentences.numbered {
      try numbers.append(
        sentence.tags.map { truth.value(of: $0) { found.number(of: tags.truth([$0])[0]) } })
    }
    let labels = LabelSet(found.names)
    let known = found.names.map { labels.id($0) ?? 0 }
    self.labels = labels
    ids = try numbers.reduce(into: IDSequences()) { try $0.append($1.map { known[Int($0)] }) }
  }

  /// The tag of each sentence that the fewest words have: what a sentence is drawn for.
  var rarest: LongList<Int32> {
    get throws {
      let counts = LabelCounts(labels, ids.ids).counts
      return try LongList(
        storing: (0..<ids.count).lazy.map { sentence in
          ids[sentence].min { (counts[Int($0)], $0) < (counts[Int($1)], $1) } ?? 0
        })
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
