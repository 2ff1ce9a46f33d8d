import Compute
import Corpora
import Foundation

/// What a tagger knows of language: words, characters, features, tags and intents.
struct TaggingVocabularies: Equatable {
  let wordForm: WordForm
  let words: Vocabulary
  /// Nil where the model reads none.
  let characters: Vocabulary?
  let features: [Vocabulary]
  let tags: TagSet
  /// Nil where none are learnt.
  let intents: LabelSet?

  /// Collects those of training sentences.
  init(_ configuration: ResolvedConfiguration, form: TaggingForm, _ corpus: TaggedCorpus) throws {
    wordForm = form.wordForm
    words = try Vocabulary.of(
      corpus.sentences.lazy.map { $0.words.map(form.wordForm.apply).joined(separator: " ") },
      kind: .word,
      limits: VocabularyLimits(minimumCount: configuration.integer("data.min_count")))
    characters =
      configuration.integer("model.characters") == 0
      ? nil
      // Characters seen once teach what an unknown one means.
      : try Vocabulary.of(
        corpus.sentences.lazy.map { $0.words.joined() }, kind: .character,
        limits: VocabularyLimits(minimumCount: 2))
    features = try form.features.indices.map { column in
      try Vocabulary.of(
        corpus.sentences.lazy.map { $0.columns[column].joined(separator: " ") }, kind: .word)
    }
    tags = try TagSet(configuration, corpus)
    intents = form.readsIntents ? try Self.intents(of: corpus) : nil
  }

  private static func intents(of corpus: TaggedCorpus) throws -> LabelSet {
    if let index = corpus.sentences.firstIndex(where: { $0.intent == nil }) {
      throw UserError(
        "\(corpus.place(sentence: index, word: 0)): the sentence has no label, "
          + "which data.intent asks for",
        hint: "use lines 'BOS word … EOS<TAB>O slot … intent', or leave out --intent")
    }
    let intents = corpus.intents
    guard intents.count > 1 else {
      throw UserError(
        "'\(corpus.url.path)' has the single intent '\(intents.names.first ?? "")', "
          + "expected at least two", hint: "leave out --intent")
    }
    return intents
  }
}

extension TaggingVocabularies {
  /// Writes them into the run folder. Throws `UserError`.
  func save(to folder: RunFolder) throws {
    try words.save(to: folder.vocabulary)
    try characters?.save(to: folder.vocabulary(of: "characters"))
    for (index, vocabulary) in features.enumerated() {
      try vocabulary.save(to: folder.vocabulary(of: "feature-\(index)"))
    }
    try tags.save(to: folder.tags)
    try intents?.save(to: folder.labels)
  }

  /// Reads what `save` wrote. Throws a `UserError` that names the file.
  init(form: TaggingForm, readsCharacters: Bool, in folder: RunFolder) throws {
    wordForm = form.wordForm
    words = try Vocabulary(contentsOf: folder.vocabulary)
    characters =
      readsCharacters ? try Vocabulary(contentsOf: folder.vocabulary(of: "characters")) : nil
    features = try form.features.indices.map {
      try Vocabulary(contentsOf: folder.vocabulary(of: "feature-\($0)"))
    }
    tags = try TagSet(contentsOf: folder.tags)
    intents = form.readsIntents ? try LabelSet(contentsOf: folder.labels) : nil
  }
}
