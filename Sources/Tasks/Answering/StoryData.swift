import Compute
import Foundation
import Corpora
import Runs

/// Stories and questions as a memory network reads them: ids in place of words and answers.
public struct StoryData {
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

  /// Names of the files that questions stood in.
  let files: [String]
  /// Distinct sentences and questions as ids of words.
  private(set) var texts = IDSequences()
  /// One of `texts` for every sentence of the stories.
  private(set) var sentences: [Int32] = []
  private(set) var questions: [Question] = []
  /// Answers that were never trained.
  private(set) var unknown = UnknownLabels("answer")
  private var places: [[Int32]: Int32] = [:]

  /// Looks up what was read from files.
  init(_ corpus: StoryCorpus, _ words: Vocabulary, _ answers: LabelSet) throws {
    files = corpus.files.map(\.relativePath)
    for sentence in corpus.sentences { try addSentence(sentence, words) }
    for (index, question) in corpus.questions.enumerated() {
      let answer = answers.id(question.answer)
      if answer == nil { unknown.add(question.answer, at: corpus.place(index)) }
      try addQuestion(
        question.words, about: question.sentences, answer: answer ?? -1, file: question.file,
        words)
    }
  }

  /// Begins with nothing.
  init() { files = [] }

  mutating func addSentence(_ sentence: [String], _ words: Vocabulary) throws {
    sentences.append(try text(sentence, words))
  }

  mutating func addQuestion(
    _ question: [String], about sentences: Range<Int>, answer: Int32 = -1, file: Int = 0,
    _ words: Vocabulary
  ) throws {
    precondition(!sentences.isEmpty, "a question about nothing")
    questions.append(
      Question(
        sentences: sentences, text: try text(question, words), answer: answer, file: file))
  }

  /// The place of a text in `texts`, where it may have to be added.
  private mutating func text(_ text: [String], _ words: Vocabulary) throws -> Int32 {
    let ids = text.map(words.known)
    if let place = places[ids] { return place }
    let place = Int32(texts.count)
    try texts.append(ids)
    places[ids] = place
    return place
  }

  /// The number of sentences each question is about.
  public var lengths: SequenceLengths { SequenceLengths(questions.map(\.sentences.count)) }
}

extension StoryData: SequenceExamples {
  public var count: Int { questions.count }
  public var sizeText: String { "\(count) questions" }
  public var warnings: [String] { [unknown.warning].compactMap(\.self) }
  public var faults: [String] { warnings }
}
