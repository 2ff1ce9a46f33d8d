import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// A trained memory network as its run folder keeps it.
package struct TrainedAnswerer: TrainedModel {
  private let answerer: AnsweringModel
  private let reader: StoryReader

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    let configuration = try AnsweringJob.configuration(of: folder)
    answerer = try AnsweringModel(
      configuration, AnsweringVocabularies(folder, form: WordForm(answering: configuration)),
      seed: 0)
    try folder.restoreModel(answerer.model.parameters)
    reader = StoryReader(answerer.model, team: team)
  }

  /// - Parameter files: stories; each has an accuracy of its own.
  package func evaluate(_ files: [URL]) throws -> Evaluation {
    guard !files.isEmpty else {
      throw UserError.usage("no stories to answer", hint: "name one or more files with --data")
    }
    let corpus = try StoryCorpus.read(files, form: answerer.vocabularies.wordForm)
    let data = StoryData(corpus, answerer.vocabularies)
    let evaluation = answerer.evaluate(data, files: files.map(\.relativePath), reader)
    let warning = data.unknown.warning("answer")
    return Evaluation(
      score: evaluation.score,
      report: [warning.map { "warning: \($0)" }, evaluation.report].compactMap(\.self)
        .filter { !$0.isEmpty }.joined(separator: "\n"),
      details: evaluation.details + [.init("unknown_answers", .integer(data.unknown.count))])
  }

  /// Lines of stories as they are trained on; each question gives an answer, and its own is not read.
  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    let vocabularies = answerer.vocabularies
    var parser = StoryParser(form: vocabularies.wordForm)
    var (number, story) = (0, [[String]]())
    while let text = try nextLine() {
      number += 1
      guard
        let (line, beginsStory) = try parser.read(text, at: "standard input line \(number)")
      else { continue }
      if beginsStory { story = [] }
      switch line {
      case .sentence(let words): story.append(words)
      case .question(let words, _): try emit(prediction(story, words))
      }
    }
  }

  private func prediction(_ story: [[String]], _ question: [String]) -> Prediction {
    var data = StoryData()
    for sentence in story { data.addSentence(sentence, answerer.vocabularies) }
    data.addQuestion(question, about: 0..<story.count, answerer.vocabularies)
    var result = Prediction(text: "", json: .null)
    reader.read(data, hasTargets: false) { result = prediction($0, story, question) }
    return result
  }

  private func prediction(
    _ reading: StoryReader.Reading, _ story: [[String]], _ question: [String]
  ) -> Prediction {
    let answer = answerer.vocabularies.answers.names[reading.answer]
    // The best answer's score is the largest.
    let best = reading.scores[reading.answer]
    let sum = reading.scores.reduce(0) { $0 + Scalar.exp($1 - best) }
    func text(_ words: [String]) -> JSONValue { .string(words.joined(separator: " ")) }
    return Prediction(
      text: answer,
      json: .object([
        .init("question", text(question)), .init("answer", .string(answer)),
        .init("probability", .number(Double(1 / sum))),
        .init("sentences", .array(story.map(text))),
        .init(
          "attention",
          .array(
            reading.attention.map { .array($0.map { .number(Double($0)) }) })),
      ]))
  }
}
