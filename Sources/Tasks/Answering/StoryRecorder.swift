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
  private var distinct = DistinctRows()
  private var weights = AlignedBuffer<Float>(count: 64)

  init(_ model: MemoryNetwork<Float>) { self.model = model }

  /// Records the questions `rows` of `data`, those with the longest stories first.
  ///
  /// - Parameters:
  ///   - hasTargets: whether there is a loss.
  ///   - answerWeights: what a question with each answer counts in the loss; nil for 1.
  ///   - smoothing: share of an answer's probability that all answers get alike.
  ///   - isFollowedByNothing: whether an empty sentence is to come between a sentence, counted back
  ///     from the question, and the one after it.
  func record(
    _ data: StoryData, rows: [Int], hasTargets: Bool, answerWeights: ClassWeights? = nil,
    smoothing: Double = 0,
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
    let read = distinct.replace(sentences, questions, with: data.texts)
    let texts = SequenceLayout(lengths: read.map { data.texts[$0].count })
    let input = StoryInput(
      textPlan: tape.plan(texts),
      words: UnsafeBufferPointer(words.pack(data.texts, read, count: texts.tokenCount)),
      storyPlan: tape.plan(layout),
      sentences: UnsafeBufferPointer(sentences), ages: UnsafeBufferPointer(ages),
      questions: UnsafeBufferPointer(questions))
    guard hasTargets else { return model.record(input, on: tape) }
    let targets = answers.fill(rows.lazy.map { data.questions[$0].answer })
    return model.record(
      input, answers: UnsafeBufferPointer(targets),
      weights: answerWeights.map { pack($0, targets) }, smoothing: smoothing, on: tape)
  }

  /// What each question weighs by its answer.
  private func pack(
    _ answerWeights: ClassWeights, _ answers: UnsafeMutableBufferPointer<Int32>
  ) -> UnsafeBufferPointer<Float> {
    let count = answers.count
    if weights.count < count { weights = AlignedBuffer(count: max(count, 2 * weights.count)) }
    for (row, answer) in answers.enumerated() {
      weights.base[row] = answer < 0 ? 1 : answerWeights.values[Int(answer)]
    }
    return UnsafeBufferPointer(start: weights.base, count: count)
  }
}
