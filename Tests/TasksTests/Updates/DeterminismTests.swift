import Autodiff
import Compute
import Networks
import Parallel
import Runs
import TestSupport
import Testing

/// Same bytes, however the work was shared. Runs on every instruction set the machine has: see
/// `make test`, which forces each in turn.
@Suite struct DeterminismTests {
  /// Weights after 50 updates are equal, bit for bit, at 1, 2, 3 and 5 threads.
  @Test(arguments: Cells.all)
  func weightsDoNotDependOnThreads(cell: any Cell) {
    let reference = weights(cell, workers: 1)
    #expect(reference.allSatisfy { Float(bitPattern: $0).isFinite })
    for workers in [2, 3, 5] {
      #expect(weights(cell, workers: workers) == reference, "\(workers) threads")
    }
  }

  @Test func weightsDoNotDependOnThreadsWithLengths() {
    let layout = SequenceLayout(lengths: [9, 9, 8, 5, 5, 5, 2, 1])
    let reference = weights(.lstm, workers: 1, layout: layout)
    for workers in [2, 3, 5] {
      #expect(weights(.lstm, workers: workers, layout: layout) == reference, "\(workers) threads")
    }
  }

  @Test(.enabled(if: InstructionSet.supportsBF16, "no bf16 dot product here"))
  func weightsDoNotDependOnThreadsInBF16() {
    for cell in Cells.all {
      let reference = weights(cell, workers: 1, precision: .bf16)
      for workers in [2, 3, 5] {
        #expect(
          weights(cell, workers: workers, precision: .bf16) == reference,
          "\(cell), \(workers) threads")
      }
    }
  }

  @Test func twoRunsAreEqual() {
    #expect(weights(.gru, workers: 2) == weights(.gru, workers: 2))
  }

  /// Sanity of the comparison: another seed is another result.
  @Test func seedsDiffer() {
    #expect(weights(.lstm, workers: 1, seed: 7) != weights(.lstm, workers: 1, seed: 8))
  }

  private func weights(
    _ cell: any Cell, workers: Int, layout: SequenceLayout = SequenceLayout(rows: 11, steps: 6),
    precision: Precision = .f32, seed: UInt64 = 7
  ) -> [UInt32] {
    let problem = LanguageModelProblem<Float>(
      LanguageModelConfiguration(
        vocabularySize: 67, embeddingSize: 21, hiddenSize: 37, layerCount: 2, cell: cell,
        dropout: 0.3, forgetBias: 1),
      layout: layout, workers: workers, clipping: Clipping(norm: 0.5), precision: precision,
      seed: seed)
    for update in 0..<50 { problem.run(update: update, learningRate: 0.01) }
    return problem.weights.map(\.bitPattern)
  }
}
