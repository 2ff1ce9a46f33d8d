import Compute
import Corpora

/// Stories and questions as a memory network reads them: ids in place of words and answers.
struct StoryData {
  struct Question {
    /// What it is about: places in `sentences`.
    let sentences: Range<Int>
    /// One of `texts`.
    let text: Int32
    /// -1 for none, or one that was never trained.
    let answer: Int32
    /// The file it stood in.
    let file: Int
  }

  /// Distinct sentences and questions as ids of words.
  private(set) var texts = IDSequences()
  /// One of `texts` for every sentence of the stories.
  private(set) var sentences: [Int32] = []
  private(set) var questions: [Question] = []
  /// Answers that were never trained.
  private(set) var unknown = UnknownLabels.Found()
  private var places: [[Int32]: Int32] = [:]

  /// Looks up what was read from files.
  init(_ corpus: StoryCorpus, _ vocabularies: AnsweringVocabularies) {
    for words in corpus.sentences { addSentence(words, vocabularies) }
    for (index, question) in corpus.questions.enumerated() {
      let answer = vocabularies.answers.id(question.answer)
      if answer == nil { unknown.add(question.answer, at: corpus.place(index)) }
      addQuestion(
        question.words, about: question.sentences, answer: answer ?? -1, file: question.file,
        vocabularies)
    }
  }

  /// Begins with nothing.
  init() {}

  mutating func addSentence(_ words: [String], _ vocabularies: AnsweringVocabularies) {
    sentences.append(text(words, vocabularies))
  }

  mutating func addQuestion(
    _ words: [String], about sentences: Range<Int>, answer: Int32 = -1, file: Int = 0,
    _ vocabularies: AnsweringVocabularies
  ) {
    precondition(!sentences.isEmpty, "a question about nothing")
    questions.append(
      Question(
        sentences: sentences, text: text(words, vocabularies), answer: answer, file: file))
  }

  /// The place of a text in `texts`, where it may have to be added.
  private mutating func text(_ words: [String], _ vocabularies: AnsweringVocabularies) -> Int32 {
    let ids = words.map { word in
      guard let id = vocabularies.words.id(of: word) else {
        preconditionFailure("a vocabulary of words without <unk>")
      }
      return id
    }
    if let place = places[ids] { return place }
    let place = Int32(texts.count)
    texts.append(ids)
    places[ids] = place
    return place
  }

  /// The number of sentences each question is about.
  var lengths: [Int] { questions.map(\.sentences.count) }
}
