import Unroll

/// A memory network with one minibatch: four questions about stories of different lengths, whose
/// sentences are six texts of different lengths, some of them standing in several places.
package final class MemoryNetworkProblem<S: MatrixElement>: TestProblem {
  package let model: MemoryNetwork<S>
  package let trainer: Trainer<RecordedModel<S, MemoryNetworkOutput<S>>>
  package static var texts: [Int] { [5, 4, 4, 3, 2, 1] }
  package static var stories: [Int] { [4, 3, 3, 1] }
  /// -1 asks for nothing.
  package var answers: [Int32] = [1, 3, -1, 0]

  package init(_ configuration: MemoryNetworkConfiguration, workers: Int) {
    model = MemoryNetwork(configuration).allocated(seed: 7)
    trainer = Trainer(recording: model.parameters, workers: workers)
  }

  /// What an update leaves behind.
  package struct Result {
    package let loss: Double
    /// `[hop][question][sentence]`.
    package let attention: [[[S]]]
  }

  /// Leaves the gradients in the store; steps the weights if `learningRate` is given.
  @discardableResult
  package func run(update: Int = 0, learningRate: Double? = nil) -> Result {
    withInput { input, answers in
      let (result, output) = trainer.run(update: update, learningRate: learningRate) {
        self.model.record(input($0), answers: answers, on: $0)
      }
      return Result(
        loss: result.loss,
        attention: output.attention.map { weights in
          Self.stories.enumerated().map { row, count in (0..<count).map { weights[row, $0] } }
        })
    }
  }

  /// The scores of all answers, `[questions, answers]`, as they are predicted.
  package func scores(team: WorkerTeam) -> [S] {
    let tape = Tape<S>(workers: team.count)
    tape.begin(training: false)
    return withInput { input, _ in
      let output = model.record(input(tape), answers: nil, on: tape)
      team.run { tape.forward($0) }
      return output.scores.values
    }
  }

  /// - Parameter body: gets what makes the input on a tape, and the answers.
  private func withInput<Value>(
    _ body: (
      _ input: @escaping (Tape<S>) -> StoryInput, _ answers: UnsafeBufferPointer<Int32>
    ) -> Value
  ) -> Value {
    let (texts, stories) = (
      SequenceLayout(lengths: Self.texts), SequenceLayout(lengths: Self.stories)
    )
    let configuration = model.configuration
    var words = [Int32](repeating: 0, count: texts.tokenCount)
    for (row, count) in Self.texts.enumerated() {
      for step in 0..<count {
        words[texts.offsets[step] + row] = Int32(
          (5 * step + 3 * row + step * row + 1) % configuration.vocabularyCount)
      }
    }
    var (sentences, ages) = (
      [Int32](repeating: 0, count: stories.tokenCount),
      [Int32](repeating: 0, count: stories.tokenCount)
    )
    for (row, count) in Self.stories.enumerated() {
      for step in 0..<count {
        let token = stories.offsets[step] + row
        sentences[token] = Int32((2 * step + 3 * row + 1) % Self.texts.count)
        ages[token] = Int32(min(count - 1 - step, max(configuration.ageCount - 1, 0)))
      }
    }
    let questions = Self.stories.indices.map { Int32(($0 + 2) % Self.texts.count) }
    // One buffer for all of them, cut again.
    let parts = [words, sentences, ages, questions, answers]
    return Array(parts.joined()).withUnsafeBufferPointer { all in
      var start = 0
      let buffers = parts.map { part in
        defer { start += part.count }
        return UnsafeBufferPointer(rebasing: all[start..<start + part.count])
      }
      func input(_ tape: Tape<S>) -> StoryInput {
        StoryInput(
          textPlan: tape.plan(texts), words: buffers[0], storyPlan: tape.plan(stories),
          sentences: buffers[1], ages: buffers[2], questions: buffers[3])
      }
      return body(input, buffers[4])
    }
  }
}
