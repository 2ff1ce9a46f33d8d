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

  /// Distinct words as characters.
  struct Spellings {
    fileprivate(set) var characters = IDSequences()
    /// For each token of the sentences one of `characters`.
    fileprivate(set) var ids = IDSequences()
  }

  /// Looks sentences of a file up. Tags that break the scheme, and tags and intents that were never
  /// trained, give warnings; `isStrict` refuses them with a `UserError` naming file and line.
  init(
    _ corpus: TaggedCorpus, _ vocabularies: TaggingVocabularies, isStrict: Bool
  ) throws {
    let misfits = try corpus.warnings(vocabularies.tags, isStrict: isStrict)
    try self.init(words: corpus.sentences, vocabularies)
    let triples = corpus.tagTriples
    let names = triples.all.map(vocabularies.tags.learntTag)
    let learnt = names.map { vocabularies.tags.labels.id($0) ?? -1 }
    for (index, sentence) in sentences.numbered.enumerated() {
      let found = triples.numbers(of: sentence.tags)
      for (word, triple) in found.enumerated() where learnt[triple] < 0 {
        let place = corpus.place(sentence: index, word: word)
        if isStrict { throw vocabularies.tags.labels.unknown(names[triple], at: place) }
        unknownTags.add(names[triple], at: place)
      }
      try tags.append(found.map { learnt[$0] })
      guard let labels = vocabularies.intents else { continue }
      let name = sentence.intent.map { sentences.texts[$0] }
      let id = name.map { labels.id($0) ?? -1 }
      if id == -1 {
        let (name, place) = (name ?? "", corpus.place(sentence: index, word: 0))
        if isStrict { throw labels.unknown(name, at: place) }
        unknownIntents.add(name, at: place)
      }
      try intents.append(id ?? -1)
    }
    warnings = misfits + [unknownTags.warning, unknownIntents.warning].compactMap(\.self)
  }

  /// Looks sentences up that have no tags.
  init(words sentences: Chosen<TaggedSentences>, _ vocabularies: TaggingVocabularies) throws {
    self.sentences = sentences
    features = vocabularies.features.map { _ in IDSequences() }
    if vocabularies.characters != nil { spellings = Spellings() }
    var known = TextMemo<Int32>(sentences.texts)
    var spelt = TextMemo<Int32>(sentences.texts)
    var read = vocabularies.features.map { _ in TextMemo<Int32>(sentences.texts) }
    for sentence in sentences.numbered {
      try words.append(
        sentence.words.map {
          known.value(of: $0) { vocabularies.words.id(of: vocabularies.wordForm.apply($0)) }
        })
      for (column, vocabulary) in vocabularies.features.enumerated() {
        try features[column].append(
          sentence.columns[column].map { read[column].value(of: $0, vocabulary.known) })
      }
      guard let characters = vocabularies.characters else { continue }
      let ids = try sentence.words.map { word in
        try spelt.value(of: word) { word in
          let id = Int32(spellings?.characters.count ?? 0)
          try spellings?.characters.append(word.unicodeScalars.map { characters.known(String($0)) })
          return id
        }
      }
      try spellings?.ids.append(ids)
    }
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
    } else if let (found, meant) = TagNotation.lookalike(in: tagTriples) {
      warnings.append(
        "the tags of '\(url.path)' are no spans, but labels of single words: '\(found)' would have to "
          + "be '\(meant)'")
    }
    return warnings
  }
}
