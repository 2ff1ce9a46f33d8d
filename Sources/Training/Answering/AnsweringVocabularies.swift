import Compute
import Corpora

/// What a network that answers questions knows of language: words, and the answers it chooses from.
struct AnsweringVocabularies: Equatable {
  let wordForm: WordForm
  let words: Vocabulary
  let answers: LabelSet

  /// Collects those of training stories. Throws a `UserError` unless there are two answers.
  init(_ corpus: StoryCorpus, form: WordForm) throws {
    wordForm = form
    // Sentences that no question is about teach nothing.
    let read = Set(corpus.questions.lazy.flatMap(\.sentences))
    let texts = read.sorted().map { corpus.sentences[$0] } + corpus.questions.map(\.words)
    words = try Vocabulary.of(texts.lazy.map { $0.joined(separator: " ") }, kind: .word)
    answers = LabelSet(corpus.questions.lazy.map(\.answer))
    guard answers.count > 1 else {
      throw UserError(
        "all questions have the answer '\(answers.names.first ?? "")', expected at least two answers",
        hint: "name stories with other questions")
    }
  }

  /// Writes them into the run folder. Throws `UserError`.
  func save(to folder: RunFolder) throws {
    try words.save(to: folder.vocabulary)
    try answers.save(to: folder.labels)
  }

  /// Reads what `save` wrote. Throws a `UserError` that names the file.
  init(_ folder: RunFolder, form: WordForm) throws {
    wordForm = form
    words = try Vocabulary(contentsOf: folder.vocabulary)
    answers = try LabelSet(contentsOf: folder.labels)
  }
}
