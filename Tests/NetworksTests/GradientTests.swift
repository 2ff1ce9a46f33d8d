import Testing
import TestSupport
import Unroll

/// Central differences in Double over every parameter and initial state of whole models.
@Suite struct GradientTests {
  static let layouts = [
    SequenceLayout(rows: 3, steps: 4), SequenceLayout(lengths: [5, 5, 3, 1]),
    SequenceLayout(rows: 1, steps: 1),
  ]

  @Test(arguments: Cells.all, layouts)
  func allParametersAndInitialStates(cell: any Cell, layout: SequenceLayout) throws {
    for multipliesEmbedding in [false, true] {
      let problem = LanguageModelProblem<Double>(
        LanguageModelConfiguration(
          vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2, cell: cell,
          forgetBias: 1, multipliesEmbedding: multipliesEmbedding),
        layout: layout, workers: 2)
      try check(problem)
    }
  }

  /// The first layer's input is the same bits, projected before or after it is looked up.
  @Test(arguments: Cells.all)
  func multipliedTableChangesNoBit(cell: any Cell) {
    let losses = [false, true].map { multipliesEmbedding in
      LanguageModelProblem<Float>(
        LanguageModelConfiguration(
          vocabularySize: 37, embeddingSize: 19, hiddenSize: 21, layerCount: 2, cell: cell,
          multipliesEmbedding: multipliesEmbedding),
        layout: SequenceLayout(rows: 7, steps: 5), workers: 2
      ).run().terms
    }
    #expect(losses[0] == losses[1])
  }

  /// More units than one group of 16, more rows than one tile.
  @Test(arguments: Cells.all.filter { !($0 is ElmanCell) })
  func severalPanels(cell: any Cell) throws {
    let problem = LanguageModelProblem<Double>(
      LanguageModelConfiguration(
        vocabularySize: 3, embeddingSize: 2, hiddenSize: 19, layerCount: 1, cell: cell),
      layout: SequenceLayout(rows: 7, steps: 2), workers: 3)
    try check(problem)
  }

  @Test(arguments: [(6, 6), (4, 6)], [false, true])
  func tied(sizes: (embedding: Int, hidden: Int), multipliesEmbedding: Bool) throws {
    let problem = LanguageModelProblem<Double>(
      LanguageModelConfiguration(
        vocabularySize: 9, embeddingSize: sizes.embedding, hiddenSize: sizes.hidden, layerCount: 1,
        cell: .lstm, isTied: true, multipliesEmbedding: multipliesEmbedding),
      layout: SequenceLayout(lengths: [4, 2]), workers: 2)
    try check(problem)
  }

  /// Clusters of all sizes, and a minibatch that has no token of some.
  @Test(arguments: [[4], [4, 9], [1, 2, 15]], layouts)
  func adaptive(cutoffs: [Int], layout: SequenceLayout) throws {
    try check(
      LanguageModelProblem<Double>(
        LanguageModelConfiguration(
          vocabularySize: 17, embeddingSize: 3, hiddenSize: 19, cell: .gru,
          output: .adaptive(VocabularyClusters(vocabularySize: 17, cutoffs: cutoffs))),
        layout: layout, workers: 2))
  }

  /// The embedding is as wide as the layer that it is added to: it cannot be projected away.
  @Test func normalizedAndResidual() throws {
    try check(
      LanguageModelProblem<Double>(
        LanguageModelConfiguration(
          vocabularySize: 7,
          stack: StackConfiguration(
            cell: .lstm, inputSize: 5, hiddenSize: 5, layerCount: 2, hasLayerNorm: true,
            isResidual: true)),
        layout: SequenceLayout(lengths: [5, 4, 2]), workers: 2))
  }

  /// Everything an AWD-LSTM has. The penalties are part of the tape's loss.
  @Test func regularized() throws {
    try check(
      LanguageModelProblem<Double>(
        LanguageModelConfiguration(
          vocabularySize: 7,
          stack: StackConfiguration(
            inputSize: 3, hiddenSize: 5, layerCount: 2, dropout: 0.3, isDropoutLocked: true,
            regularization: RecurrentRegularization(weightDrop: 0.4)),
          isTied: true,
          regularization: LanguageModelRegularization(
            embeddingDropout: 0.3, inputDropout: 0.2, outputDropout: 0.4, activationPenalty: 2,
            temporalPenalty: 1)),
        layout: SequenceLayout(lengths: [5, 4, 2]), workers: 2))
  }

  @Test func dropout() throws {
    let problem = LanguageModelProblem<Double>(
      LanguageModelConfiguration(
        vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 3, cell: .gru,
        dropout: 0.4),
      layout: SequenceLayout(lengths: [5, 4, 2]), workers: 2)
    try check(problem)
  }

  private func check(_ problem: LanguageModelProblem<Double>) throws {
    let result = problem.run()
    let weights = problem.weights
    try expectGradient(
      problem.gradients,
      matches: {
        problem.weights = $0
        return problem.run().loss
      }, at: weights)
    problem.weights = weights
    for layer in problem.initialH.indices {
      let h = problem.initialH[layer]
      try expectGradient(
        result.initialHGradient[layer],
        matches: {
          problem.initialH[layer] = $0
          return problem.run().loss
        }, at: h)
      problem.initialH[layer] = h
    }
    for layer in problem.initialC.indices {
      let c = problem.initialC[layer]
      try expectGradient(
        result.initialCGradient[layer],
        matches: {
          problem.initialC[layer] = $0
          return problem.run().loss
        }, at: c)
      problem.initialC[layer] = c
    }
  }
}
