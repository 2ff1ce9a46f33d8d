import TestSupport
import Testing
import Unroll

/// Feeding a sequence step by step gives what reading it at once gives.
@Suite struct SequenceGeneratorTests {
  @Test(arguments: [.rnn, .gruResetBefore, .lstm] as [any Cell])
  func vectorsStepByStep(cell: any Cell) {
    let model = SequenceModel<Float>(
      SequenceModelConfiguration(
        input: .vectors(width: 3),
        stack: StackConfiguration(cell: cell, inputSize: 3, hiddenSize: 20, layerCount: 2),
        pooling: nil, head: .sigmoid(labels: 5))
    ).allocated(seed: 4)
    let steps = (0..<7).map { step in (0..<3).map { Float(step * $0) * 0.3 - 0.5 } }
    let tape = Tape<Float>(workers: 1)
    tape.begin(training: false)
    let input = tape.arena.matrix(rows: 7, columns: 3)
    input.fill(0)
    input.assign(steps.flatMap(\.self))
    let features = model.record(
      .vectors(input), plan: tape.plan(SequenceLayout(rows: 1, steps: 7)), on: tape)
    let whole = model.outputs(features, on: tape)
    WorkerTeam(count: 1).run { tape.forward($0) }

    let generator = SequenceGenerator(model)
    for (step, vector) in steps.enumerated() {
      generator.feed(vector)
      #expect(
        Array(generator.outputs)
          == Array(UnsafeBufferPointer(start: whole.value.row(step), count: 5)), "step \(step)")
    }
  }

  @Test func tokensStepByStep() {
    let model = SequenceModel<Float>(
      SequenceModelConfiguration(
        input: .tokens(vocabulary: 9, embedding: 3),
        stack: StackConfiguration(cell: .gru, inputSize: 3, hiddenSize: 5), pooling: nil,
        head: .softmax(classes: 4))
    ).allocated(seed: 4)
    let ids: [Int32] = [3, 8, 0, 3]
    let tape = Tape<Float>(workers: 1)
    tape.begin(training: false)
    ids.withUnsafeBufferPointer { ids in
      let features = model.record(
        .tokens(ids), plan: tape.plan(SequenceLayout(rows: 1, steps: 4)), on: tape)
      let whole = model.outputs(features, on: tape)
      WorkerTeam(count: 1).run { tape.forward($0) }
      let generator = SequenceGenerator(model)
      for (step, id) in ids.enumerated() {
        generator.feed(id: id)
        #expect(
          Array(generator.outputs)
            == Array(UnsafeBufferPointer(start: whole.value.row(step), count: 4)), "step \(step)")
      }
    }
  }
}
