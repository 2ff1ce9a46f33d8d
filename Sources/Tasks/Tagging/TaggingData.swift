import Compute
import Corpora
import Foundation
import Runs

/// Sentences as a tagger reads them: ids in place of words, characters, features, tags and intents.
public struct TaggingData {
  let sentences: Chosen<TaggedSentences>
  /// Words of each sentence.
  var lengths: SequenceLengths { words.lengths }
  private(set) var words = IDSequences()
  private(set) var features: [IDSequences]
  /// Nil where the model reads no characters.
  private(set) var spellings: Spellings?
  /// As the model learns them; -1 for a tag that was never trained. Empty without tags.
  private(set) var tags = IDSequences()
  /// -1 where there is none, or one that was never trained. Empty where none are learnt.
  private(set) var intents = LongList<Int32>()
  /// Of `tags` and `intents`.
  private(set) var unknownTags = UnknownLabels("tag")
  private(set) var unknownIntents = UnknownLabels("intent")
  public private(set) var warnings: [String] = []

  /// Looks sentences of a file up. Tags that break the scheme, and tags and intents that were never
  /// trained, give warnings; `isStrict` refuses them with a `UserError` naming file and line.
  ///
  /// - Parameter threads: that look words and tags up.
  init(
    _ corpus: TaggedCorpus, _ vocabularies: TaggingVocabularies, isStrict: Bool, threads: Int
  ) throws {
    let triples = try corpus.counts(threads: threads).triples
    let misfits = try corpus.warnings(vocabularies.tags, isStrict: isStrict)
    try self.init(words: corpus.sentences, vocabularies, threads: threads)
    let names = triples.all.map(vocabularies.tags.learntTag)
    let learnt = names.map { vocabularies.tags.labels.id($0) ?? -1 }
    var (tags, unknown) = (IDSequences(), unknownTags)
    try OrderedWork.run(over: sentences.count, threads: threads) { [sentences] stretch in
      stretch.map { (index: $0, triples: triples.numbers(of: sentences.numbers($0).tags)) }
    } take: { found in
      for (index, triples) in found {
        for (word, triple) in triples.enumerated() where learnt[triple] < 0 {
          let place = corpus.place(sentence: index, word: word)
          if isStrict { throw vocabularies.tags.labels.unknown(names[triple], at: place) }
          unknown.add(names[triple], at: place)
        }
        try tags.append(triples.map { learnt[$0] })
      }
    }
    (self.tags, unknownTags) = (tags, unknown)
    if let labels = vocabularies.intents { try lookUpIntents(corpus, labels, isStrict: isStrict) }
    warnings = misfits + [unknownTags.warning, unknownIntents.warning].compactMap(\.self)
  }

  private mutating func lookUpIntents(
    _ corpus: TaggedCorpus, _ labels: LabelSet, isStrict: Bool
  ) throws {
    for (index, sentence) in sentences.numbered.enumerated() {
      let name = sentence.intent.map { sentences.texts[$0] }
      let id = name.map { labels.id($0) ?? -1 }
      if id == -1 {
        let (name, place) = (name ?? "", corpus.place(sentence: index, word: 0))
        if isStrict { throw labels.unknown(name, at: place) }
        unknownIntents.add(name, at: place)
      }
      try intents.append(id ?? -1)
    }
  }

  /// Looks sentences up that have no tags.
  init(
    words sentences: Chosen<TaggedSentences>, _ vocabularies: TaggingVocabularies, threads: Int = 1
  ) throws {
    let texts = sentences.texts
    // Of all texts, whatever they stand for: so that threads only read.
    let known = texts.map { vocabularies.words.id(of: vocabularies.wordForm.apply($0)) }
    let read = vocabularies.features.map { vocabulary in texts.map(vocabulary.known) }
    var (words, features) = (IDSequences(), read.map { _ in IDSequences() })
    var spellings = vocabularies.characters.map { _ in Spellings(texts) }
    try OrderedWork.run(over: sentences.count, threads: threads) { stretch in
      stretch.map { index in
        let sentence = sentences.numbers(index)
        return (
          words: sentence.words, ids: sentence.words.map { known[Int($0)] },
          features: read.indices.map { column in
            sentence.columns[column].map { read[column][Int($0)] }
          }
        )
      }
    } take: { found in
      for sentence in found {
        try words.append(sentence.ids)
        for (column, ids) in sentence.features.enumerated() { try features[column].append(ids) }
        if let characters = vocabularies.characters {
          try spellings?.append(sentence.words, characters)
        }
      }
    }
    self.sentences = sentences
    (self.words, self.features, self.spellings) = (words, features, spellings)
  }

  var hasTags: Bool { tags.count > 0 }
}

extension TaggingData: ExampleSet {
  public var faults: [String] { warnings }
  public var count: Int { sentences.count }
  public func expect(_ rows: [Int]) {
    words.expect(rows)
    for feature in features { feature.expect(rows) }
    spellings?.ids.expect(rows)
    if hasTags { tags.expect(rows) }
  }
  public var sizeText: String { "\(count) sentences of \(words.ids.count) words" }
}

extension TaggedCorpus: CountedSource {
  public var count: Int { sentences.count }
  public var placeOfExample: (Int) -> String {
    let place = placeOfWord
    return { place($0, 0) }
  }

  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: TaggedCorpus, validation: TaggedCorpus?) {
    try heldOut.parts(of: count, choosing)
  }

  /// What a user should know of the file: lines that were passed over, and tags that do not fit; with
  /// `isStrict` the first of these is an error that names file and line.
  fileprivate func warnings(_ tags: TagSet, isStrict: Bool) throws -> [String] {
    var warnings: [String] = []
    if commentCount > 0 {
      warnings.append(
        "\(commentCount) " + (commentCount == 1 ? "line" : "lines")
          + " of '\(url.path)' that begin with # are comments and hold no word")
    }
    if emptyCount > 0 {
      warnings.append(
        "\(emptyCount) " + (emptyCount == 1 ? "sentence" : "sentences")
          + " of '\(url.path)' without a word are left out")
    }
    if let notation = tags.notation {
      warnings += try breaks(of: notation, isStrict: isStrict).warning.map { [$0] } ?? []
    } else if let (found, meant) = TagNotation.lookalike(in: try counts().triples) {
      warnings.append(
        "the tags of '\(url.path)' are no spans, but labels of single words: '\(found)' would have to "
          + "be '\(meant)'")
    }
    return warnings
  }
}
