import Autodiff
import Compute
import Corpora
import FoundationEssentials
import Runs

/// What a tagger knows of language: words, characters, features, tags and intents.
struct TaggingVocabularies {
  let wordForm: WordForm
  let words: KnownWords
  /// What the words of a model that is to be trained begin with, where a file is named.
  let outside: OutsideVectors?
  /// Nil where the model reads none.
  let characters: Vocabulary?
  let features: [Vocabulary]
  let tags: TagSet
  /// Nil where none are learnt.
  let intents: LabelSet?

  /// Collects those of training sentences.
  ///
  /// - Parameter threads: that count them.
  init(
    learning corpus: TaggedCorpus, _ settings: TaggingSettings, _ form: TaggingForm, threads: Int
  ) throws {
    wordForm = form.wordForm
    let counts = try corpus.counts(threads: threads)
    let words = counts.words
    let vocabulary = try Vocabulary.of(
      counted: words.lazy.map { (form.wordForm.apply($0.text), $0.count) }, kind: .word,
      limits: VocabularyLimits(minimumCount: settings.data.minCount))
    outside = try OutsideVectors(
      settings.data.vectors, vocabulary, dimension: settings.model.embedding,
      canBeAsked: { form.wordForm.apply($0).utf8.elementsEqual($0.utf8) })
    self.words = KnownWords(vocabulary, outside?.further)
    characters =
      settings.model.characters == 0
      ? nil
      // Characters seen once teach what an unknown one means.
      : try Vocabulary.of(
        counted: words, kind: .character, limits: VocabularyLimits(minimumCount: 2))
    features = try form.features.indices.map { column in
      try Vocabulary.of(counted: counts.texts(inColumn: column), kind: .word)
    }
    tags = try TagSet(learning: corpus, settings)
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
  /// Reads what `artifacts` wrote. Throws a `UserError` that names the file.
  init(opening folder: RunFolder, _ settings: TaggingSettings, _ form: TaggingForm) throws {
    func read(_ name: String) throws -> Vocabulary {
      try Vocabulary(contentsOf: folder.url.appendingPathComponent(name))
    }
    wordForm = form.wordForm
    words = KnownWords(
      try read(RunFolder.vocabularyName),
      try settings.data.vectors.further(in: folder, width: settings.model.embedding))
    outside = nil
    characters = settings.model.characters == 0 ? nil : try read(Self.charactersName)
    features = try form.features.indices.map { try read(Self.name(ofFeature: $0)) }
    tags = try TagSet(contentsOf: folder.tags)
    intents = form.readsIntents ? try LabelSet(contentsOf: folder.labels) : nil
  }

  var artifacts: [Artifact] {
    func artifact(_ name: String, _ value: some FileValue) -> Artifact {
      Artifact(name, value, change: "its words or its tags are others")
    }
    return [artifact(RunFolder.vocabularyName, words.vocabulary)]
      + (words.further.map { [$0.artifact] } ?? [])
      + (characters.map { [artifact(Self.charactersName, $0)] } ?? [])
      + features.enumerated().map { artifact(Self.name(ofFeature: $0), $1) }
      + [artifact(RunFolder.tagsName, tags)]
      + (intents.map { [artifact(RunFolder.labelsName, $0)] } ?? [])
  }

  /// What the rows of a tagger's weights stand for, and the columns of its transitions.
  func namedAxes(of parameters: ParameterStore<Float>) -> [NamedAxis] {
    let outputs = ["output.weight", "output.bias"]
    let transitions = ["start_transitions", "end_transitions", "transitions"].map { "crf.\($0)" }
    let tagged =
      tags.isNameOnly
      ? [] : parameters.rows(of: outputs + transitions, kind: "tag", tags.labels.names)
    let columns = tagged.filter { $0.parameter == "crf.transitions" }.map {
      NamedAxis($0.parameter, .columns, kind: $0.kind, names: $0.names)
    }
    let spelled = (characters.map { [("char_embedding.weight", $0)] } ?? [])
    let features = features.enumerated().map { ("feature_embedding_\($0).weight", $1) }
    return tagged + columns + parameters.rows(of: ["embedding.weight"], words.vocabulary)
      + (spelled + features).flatMap { parameters.rows(of: [$0], $1) }
      + (intents.map {
        parameters.rows(of: ["intent.weight", "intent.bias"], kind: "intent", $0.names)
      } ?? [])
  }

  private static let charactersName = "\(RunFolder.furtherVocabularyPrefix)characters.json"
  private static func name(ofFeature index: Int) -> String {
    "\(RunFolder.furtherVocabularyPrefix)feature-\(index).json"
  }
}
