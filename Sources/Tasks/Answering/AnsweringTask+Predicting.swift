import Compute
import Corpora
import Interchange
import Runs

extension AnsweringTask: Predicting {
  /// Lines of stories as they are trained on; each question gives an answer, and its own is not read.
  public func queries() -> any QueryReader<StoryQuery> { StoryQueries(form: wordForm) }

  public func predict(_ queries: [StoryQuery]) throws -> [Prediction] {
    var data = StoryData()
    for query in queries {
      let start = data.sentences.count
      for sentence in query.story { try data.addSentence(sentence, words) }
      try data.addQuestion(query.question, about: start..<data.sentences.count, words)
    }
    var readings = [Reading?](repeating: nil, count: queries.count)
    read(data, hasTargets: false) { readings[$0.question] = $0 }
    return zip(queries, readings.compactMap(\.self)).map(prediction)
  }

  private func prediction(_ query: StoryQuery, _ reading: Reading) -> Prediction {
    let answer = answers.names[reading.answer]
    // The best answer's score is the largest.
    let best = reading.scores[reading.answer]
    let sum = reading.scores.reduce(0) { $0 + Scalar.exp($1 - best) }
    return Prediction(
      text: answer,
      json: [
        "question": .string(query.question.joined(separator: " ")), "answer": .string(answer),
        "probability": .number(Double(1 / sum)),
        "sentences": .strings(query.story.map { $0.joined(separator: " ") }),
        "attention": .array(reading.attention.map { .numbers($0) }),
      ])
  }
}

/// A question that was typed, with the sentences before it.
public struct StoryQuery {
  let story: [[String]]
  let question: [String]
}

/// Gathers stories from lines until they are asked about.
private struct StoryQueries: QueryReader {
  private var parser: StoryParser
  private var story: [[String]] = []

  init(form: WordForm) { parser = StoryParser(form: form) }

  mutating func read(_ text: String, at place: String) throws -> StoryQuery? {
    guard let (line, beginsStory) = try parser.read(text, at: place) else { return nil }
    if beginsStory { story = [] }
    switch line {
    case .sentence(let words):
      story.append(words)
      return nil
    case .question(let words, _): return StoryQuery(story: story, question: words)
    }
  }

  mutating func passOver(_ line: String) -> Bool {
    let (isQuestion, beginsStory) = parser.passOver(line)
    if beginsStory { story = [] }
    return isQuestion
  }

  func finish() -> StoryQuery? { nil }
}
