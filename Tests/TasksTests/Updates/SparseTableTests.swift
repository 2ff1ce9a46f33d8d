import Autodiff
import Networks
import Parallel
import Runs
import TestSupport
import Testing

/// Tables too large to be stepped as a whole: only rows that were looked up change.
@Suite struct SparseTableTests {
  private func problem(
    _ optimizer: OptimizerConfiguration, workers: Int = 1, projects: Bool = false
  ) -> LanguageModelProblem<Float> {
    LanguageModelProblem(
      LanguageModelConfiguration(
        vocabularySize: 700, embeddingSize: 10, hiddenSize: 12, layerCount: 1,
        multipliesEmbedding: projects),
      layout: SequenceLayout(lengths: [6, 5, 5, 2]), workers: workers,
      optimizer: optimizer, clipping: Clipping(norm: 0.1))
  }

  @Test func rowsNotLookedUpStay() {
    let problem = problem(.adam(learningRate: 0.1))
    let before = problem.model.parameters.parameters[0].values
    for update in 0..<3 { problem.run(update: update, learningRate: 0.1) }
    let table = problem.model.parameters.parameters[0]
    let read = Set(problem.inputs.map { Int($0) })
    for id in 0..<table.rows {
      let row = id * table.columns..<(id + 1) * table.columns
      let isSame = zip(before[row], table.values[row]).allSatisfy { $0 == $1 }
      #expect(isSame != read.contains(id), "id \(id)")
    }
  }

  /// Without momentum, stepping some rows is stepping all: the dense way is the oracle.
  @Test func equalsTheDenseStep() {
    let (sparse, dense) = (
      problem(.sgd(learningRate: 0.5)), problem(.sgd(learningRate: 0.5), projects: true)
    )
    for update in 0..<3 {
      let norms = [sparse, dense].map { problem in
        problem.run(update: update, learningRate: 0.5)
        return problem.run(update: update).gradientNorm
      }
      #expect(abs(norms[0] - norms[1]) <= 1e-5 * norms[1])
    }
    let worst = zip(sparse.weights, dense.weights).map { abs($0 - $1) }.max() ?? .nan
    #expect(worst <= 1e-6)
  }

  @Test func doesNotDependOnThreads() {
    let results = [1, 2, 3, 5].map { workers in
      let problem = problem(.adam(learningRate: 0.1), workers: workers)
      for update in 0..<5 { problem.run(update: update, learningRate: 0.1) }
      return problem.weights.map(\.bitPattern)
    }
    for result in results { #expect(result == results[0]) }
  }
}
