import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// Puts questions with their stories on a tape as a `MemoryNetwork` reads them.
///
/// Ids stay in its own memory until the next minibatch.
final class StoryRecorder {
  let model: MemoryNetwork<Float>
  private let words = IDBuffer()
  private let sentences = IDBuffer()
  private let ages = IDBuffer()
  private let texts = IDBuffer()
  private let answers = IDBuffer()
  /// For each text of the data its row in this minibatch; -1 between minibatches.
  private var rowOfText: [Int32] = []

  init(_ model: MemoryNetwork<Float>) { self.model = model }

  /// Records the questions `rows` of `data`, those with the longest stories first.
  ///
  /// - Parameters:
  ///   - hasTargets: whether there is a loss.
  ///   - isFollowedByNothing: whether an empty sentence is to come between a sentence, counted back
  ///     from the question, and the one after it.
  func record(
    _ data: StoryData, rows: [Int], hasTargets: Bool,
    isFollowedByNothing: (_ question: Int, _ back: Int) -> Bool = { _, _ in false },
    on tape: Tape<Float>
  ) -> MemoryNetworkOutput<Float> {
    let layout = SequenceLayout(lengths: rows.map { data.questions[$0].sentences.count })
    let sentences = sentences.reserve(layout.tokenCount)
    let ages = ages.reserve(layout.tokenCount)
    let oldest = Int32(max(model.configuration.ageCount - 1, 0))
    for (row, question) in rows.enumerated() {
      let places = data.questions[question].sentences
      var age: Int32 = 0
      for back in 0..<places.count {
        if isFollowedByNothing(question, back) { age += 1 }
        let token = layout.offsets[places.count - 1 - back] + row
        sentences[token] = data.sentences[places.upperBound - 1 - back]
        ages[token] = min(age, oldest)
        age += 1
      }
    }
    let questions = texts.fill(rows.lazy.map { data.questions[$0].text })
    let textPlan = layOut(data, sentences, questions, on: tape)
    let input = StoryInput(
      textPlan: textPlan.plan, words: textPlan.words, storyPlan: tape.plan(layout),
      sentences: UnsafeBufferPointer(sentences), ages: UnsafeBufferPointer(ages),
      questions: UnsafeBufferPointer(questions))
    guard hasTargets else { return model.record(input, on: tape) }
    let targets = answers.fill(rows.lazy.map { data.questions[$0].answer })
    return model.record(input, answers: UnsafeBufferPointer(targets), on: tape)
  }

  /// Finds the distinct texts, longest first, and replaces texts by their rows.
  private func layOut(
    _ data: StoryData, _ sentences: UnsafeMutableBufferPointer<Int32>,
    _ questions: UnsafeMutableBufferPointer<Int32>, on tape: Tape<Float>
  ) -> (plan: RowPlan, words: UnsafeBufferPointer<Int32>) {
    let all = [sentences, questions]
    if rowOfText.count < data.texts.count {
      rowOfText = Array(repeating: -1, count: data.texts.count)
    }
    var distinct: [Int] = []
    for text in all.joined() where rowOfText[Int(text)] < 0 {
      rowOfText[Int(text)] = 0
      distinct.append(Int(text))
    }
    let starts = data.texts.starts
    func length(_ text: Int) -> Int { starts[text + 1] - starts[text] }
    // Equal lengths in the order of texts: the same whatever stood in the memory before.
    distinct.sort { (length($1), $0) < (length($0), $1) }
    for (row, text) in distinct.enumerated() { rowOfText[text] = Int32(row) }
    for part in all { for index in part.indices { part[index] = rowOfText[Int(part[index])] } }
    for text in distinct { rowOfText[text] = -1 }
    let layout = SequenceLayout(lengths: distinct.map(length))
    return (
      tape.plan(layout),
      UnsafeBufferPointer(words.pack(data.texts, distinct, count: layout.tokenCount))
    )
  }
}
