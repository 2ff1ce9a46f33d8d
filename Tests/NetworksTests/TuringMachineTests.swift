import Foundation
import TestSupport
import Testing
import Unroll

/// Neural Turing machines as a whole: input, controller, memory, output and loss.
@Suite struct TuringMachineTests {
  /// Central differences over every parameter, with a loss at some steps only.
  @Test(arguments: Cells.names + ["feedforward"])
  func gradient(controller: String) throws {
    let problem = RecallProblem<Double>(controller: controller, layers: 1)
    let gradient = problem.run()
    try expectGradient(
      gradient.gradients,
      matches: {
        problem.weights = $0
        return problem.run().loss
      }, at: problem.weights)
  }

  /// Two layers under two heads that read and three that write.
  @Test func gradientOfADeepController() throws {
    let problem = RecallProblem<Double>(
      controller: "gru", layers: 2,
      memory: MemoryShape(
        slotCount: 4, width: 3, readHeadCount: 2, writeHeadCount: 3, shiftRange: 2))
    let gradient = problem.run()
    try expectGradient(
      gradient.gradients,
      matches: {
        problem.weights = $0
        return problem.run().loss
      }, at: problem.weights)
  }

  /// The same bits with any number of workers: losses, gradients, where the heads stood.
  @Test(arguments: ["lstm", "feedforward"])
  func workersChangeNothing(controller: String) {
    let one = RecallProblem<Float>(controller: controller, layers: 1).run()
    for workers in [2, 3, 6] {
      let other = RecallProblem<Float>(controller: controller, layers: 1, workers: workers).run()
      #expect(other == one, "\(workers) workers")
    }
  }

  /// A row alone gives what it gives beside others.
  @Test func neighboursChangeNothing() {
    let together = RecallProblem<Float>(controller: "lstm", layers: 1).run()
    let alone = RecallProblem<Float>(
      controller: "lstm", layers: 1, layout: SequenceLayout(lengths: [5])
    ).run()
    let layout = RecallProblem<Float>.layout
    for step in 0..<5 {
      #expect(alone.terms[step] == together.terms[layout.offsets[step]], "step \(step)")
    }
  }
}

/// A machine with one minibatch of inputs, targets and steps that count.
private final class RecallProblem<S: MatrixElement>: TestProblem {
  static var layout: SequenceLayout { SequenceLayout(lengths: [5, 4, 4, 1]) }
  let model: RecallModel<S>
  let trainer: Trainer<RecordedModel<S, (loss: Loss<S>, memory: ExternalMemory<S>?)>>
  private let layout: SequenceLayout
  private let answers: AlignedBuffer<S>

  struct Result: Equatable {
    let loss: Double
    let terms: [S]
    let gradients: [S]
    let headWeights: [S]
  }

  init(
    controller: String, layers: Int,
    memory: MemoryShape = MemoryShape(slotCount: 5, width: 3, writeHeadCount: 2),
    layout: SequenceLayout = RecallProblem.layout, workers: Int = 2
  ) {
    self.layout = layout
    let scheme = InitializationScheme.uniform(0.8)
    model = RecallModel(
      RecallConfiguration(
        .machine(
          TuringMachineConfiguration(
            inputSize: 2,
            controller: Cells.named(controller).map {
              .recurrent(
                StackConfiguration(
                  cell: $0, inputSize: 2, hiddenSize: 4, layerCount: layers, initialization: scheme
                ))
            } ?? .feedforward(hiddenSize: 4), memory: memory, initialization: scheme)),
        outputSize: 6)
    ).allocated(seed: 7)
    trainer = Trainer(recording: model.parameters, workers: workers, seed: 0)
    answers = AlignedBuffer(count: layout.tokenCount)
    // By step alone, so that a row alone is asked as it is beside others.
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] {
        answers.base[layout.offsets[step] + row] = step == 1 ? 0 : 1
      }
    }
  }

  func run() -> Result {
    let (result, recorded) = trainer.run(update: 0, learningRate: nil, record)
    return Result(
      loss: result.loss, terms: recorded.loss.terms.values, gradients: gradients,
      headWeights: recorded.memory?.weights.values ?? [])
  }

  private func record(on tape: Tape<S>) -> (loss: Loss<S>, memory: ExternalMemory<S>?) {
    let random = RandomStream(seed: 5, purpose: .generator)
    func matrix(_ columns: Int, _ value: (Float) -> S) -> Matrix<S> {
      let matrix = tape.arena.matrix(rows: layout.tokenCount, columns: columns)
      matrix.fill(0)
      for step in 0..<layout.stepCount {
        for row in 0..<layout.activeRows[step] {
          for column in 0..<columns {
            matrix[layout.offsets[step] + row, column] = value(
              random.uniform(row: row, index: 16 * step + column + 1000 * columns))
          }
        }
      }
      return matrix
    }
    return model.record(
      inputs: matrix(2) { 2 * S($0) - 1 }, targets: matrix(6) { $0 < 0.5 ? 0 : 1 },
      answerWeights: UnsafeBufferPointer(start: answers.base, count: layout.tokenCount),
      plan: tape.plan(layout), scale: 0.3, on: tape)
  }
}
