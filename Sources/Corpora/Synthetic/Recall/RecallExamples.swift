/// Made sequences with their answers, side by side as a minibatch needs them.
package struct RecallExamples: Sendable {
  package let inputs: VectorSequences
  /// As many steps as the inputs; zeros where nothing is asked for.
  package let targets: VectorSequences
  /// Steps of each answer: the last ones of its sequence.
  package let answerLengths: [Int]

  /// Makes the examples `indices` anew.
  package init(_ task: any RecallTask, _ indices: some Sequence<Int>) {
    let examples = indices.map(task.example)
    inputs = VectorSequences(width: task.inputWidth, examples.map(\.inputs))
    targets = VectorSequences(
      width: task.outputWidth,
      examples.map { example in
        let count = example.inputs.count / task.inputWidth * task.outputWidth
        return [Float](repeating: 0, count: count - example.answer.count) + example.answer
      })
    answerLengths = examples.map { $0.answer.count / task.outputWidth }
  }

  package var count: Int { answerLengths.count }
  package var lengths: SequenceLengths { inputs.lengths }

  /// Whether `step` of sequence `index` belongs to its answer.
  package func isAnswer(_ index: Int, step: Int) -> Bool {
    step >= lengths[index] - answerLengths[index]
  }

  /// All sequences, longest first.
  package var byLength: [Int] { lengths.longestFirst.map(Int.init) }
}
