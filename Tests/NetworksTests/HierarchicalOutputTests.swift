import Autodiff
import Compute
import Networks
import Parallel
import TestSupport
import Testing

@Suite struct HierarchicalOutputTests {
  private static let counts = (0..<23).map { 1 + 300 / ($0 * $0 + 1) }
  private static let configuration = LanguageModelConfiguration(
    vocabularySize: 23, embeddingSize: 3, hiddenSize: 21, cell: .gru,
    output: .hierarchical(HuffmanTree(counts: counts)))

  /// Ways of different lengths, and a token that does not count.
  @Test(arguments: [[1, 1], [1, 50, 2, 3], counts])
  func gradients(counts: [Int]) throws {
    let problem = LanguageModelProblem<Double>(
      LanguageModelConfiguration(
        vocabularySize: counts.count, embeddingSize: 3, hiddenSize: 5, cell: .gru,
        output: .hierarchical(HuffmanTree(counts: counts))),
      layout: SequenceLayout(lengths: [5, 4, 2]), workers: 2)
    problem.targets[3] = -1
    #expect(problem.run().terms[3] == 0)
    try problem.expectGradients()
  }

  /// What is drawn from is a distribution, and the loss is of the same one.
  @Test func lossIsOfTheDistribution() {
    LanguageModelProblem<Double>(
      Self.configuration, layout: SequenceLayout(lengths: [6, 5, 2]), workers: 2
    ).expectLossOfTheDistribution()
  }

  @Test func threadsChangeNoBit() {
    let weights = [1, 2, 3, 5].map { workers in
      let problem = LanguageModelProblem<Float>(
        Self.configuration, layout: SequenceLayout(lengths: [9, 9, 8, 5, 3, 3, 1]),
        workers: workers)
      for update in 0..<3 { problem.run(update: update, learningRate: 1e-2) }
      return problem.weights
    }
    #expect(weights.allSatisfy { $0 == weights[0] })
  }
}
