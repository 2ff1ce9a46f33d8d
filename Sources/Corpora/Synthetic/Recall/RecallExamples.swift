/// Made sequences with their answers, side by side as a minibatch needs them.
package struct RecallExamples: Sendable {
  package private(set) var inputs: VectorSequences
  /// As many steps as the inputs; zeros where nothing is asked for.
  package private(set) var targets: VectorSequences
  /// Steps of each answer: the last ones of its sequence.
  package private(set) var answerLengths: [Int] = []

  /// Makes the examples `indices` anew.
  package init(_ task: any RecallTask, _ indices: some Sequence<Int>) {
    inputs = VectorSequences(width: task.inputWidth)
    targets = VectorSequences(width: task.outputWidth)
    for index in indices {
      let example = task.example(index)
      let steps = example.inputs.count / task.inputWidth
      inputs.append(example.inputs)
      targets.append(
        [Float](repeating: 0, count: steps * task.outputWidth - example.answer.count)
          + example.answer)
      answerLengths.append(example.answer.count / task.outputWidth)
    }
  }

  package var count: Int { answerLengths.count }
  package var lengths: [Int] { inputs.lengths }

  /// Whether `step` of sequence `index` belongs to its answer.
  package func isAnswer(_ index: Int, step: Int) -> Bool {
    step >= inputs.starts[index + 1] - inputs.starts[index] - answerLengths[index]
  }

  /// All sequences, longest first.
  package var byLength: [Int] {
    let lengths = lengths
    return lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
  }
}
