import Compute
import Foundation

/// Stories and the questions about them, as `StoryParser` reads them from files.
public struct StoryCorpus: Sendable {
  package struct Question: Sendable, Equatable {
    package let words: [String]
    package let answer: String
    /// What stands before it in its story: places in `sentences`.
    package let sentences: Range<Int>
    /// Of all stories, from 0.
    package let story: Int
    /// Place in `files`.
    package let file: Int
    /// From 1.
    package let line: Int
  }

  package let files: [URL]
  /// The words of every sentence, story after story.
  package private(set) var sentences: [[String]] = []
  package private(set) var questions: [Question] = []
  package private(set) var storyCount = 0

  /// Reads files one after the other; a story never goes on in the next.
  ///
  /// Throws a `UserError` naming file and line for what `StoryParser` refuses, for a question without
  /// an answer and for a story without a question.
  package static func read(_ files: [URL], form: WordForm) throws -> StoryCorpus {
    var corpus = StoryCorpus(files: files)
    for index in files.indices { try corpus.read(file: index, form: form) }
    return corpus
  }

  private init(files: [URL]) { self.files = files }

  private mutating func read(file: Int, form: WordForm) throws {
    let reader = try LineReader(files[file])
    var parser = StoryParser(form: form)
    // The story that is being read: its first line and sentence, and whether it was asked about.
    var story: (line: Int, sentence: Int, isAsked: Bool)?
    func checkIsAsked() throws {
      guard let story, !story.isAsked else { return }
      throw UserError(
        "'\(files[file].path)' line \(story.line): the story that begins here has no question with "
          + "an answer", hint: StoryParser.hint)
    }
    while let bytes = try reader.next() {
      let place = "'\(files[file].path)' line \(reader.number)"
      guard let (line, beginsStory) = try parser.read(bytes.text, at: place) else { continue }
      if beginsStory {
        try checkIsAsked()
        story = (reader.number, sentences.count, false)
        storyCount += 1
      }
      switch line {
      case .sentence(let words): sentences.append(words)
      case .question(let words, let answer):
        guard let answer else {
          throw UserError(
            "\(place): the question has no answer, expected one behind a tab",
            hint: StoryParser.hint)
        }
        questions.append(
          Question(
            words: words, answer: answer,
            sentences: (story?.sentence ?? 0)..<sentences.count, story: storyCount - 1, file: file,
            line: reader.number))
        story?.isAsked = true
      }
    }
    guard story != nil else {
      throw UserError("'\(files[file].path)' holds no story", hint: StoryParser.hint)
    }
    try checkIsAsked()
  }

  /// Where question `index` was found: `'file' line 3`.
  package func place(_ index: Int) -> String {
    "'\(files[questions[index].file].path)' line \(questions[index].line)"
  }

  /// The same with some of the questions only.
  public func subset(_ indices: [Int]) -> StoryCorpus {
    var subset = self
    subset.questions = indices.map { questions[$0] }
    return subset
  }
}
