import TestSupport
import Testing
import Unroll

/// Whole autoencoders: central differences in Double over every parameter, with sequences of different
/// lengths and sizes that all differ, several workers; and what their decoders write.
@Suite struct AutoencoderTests {
  static func configuration(
    _ cell: any Cell = .lstm, layers: Int = 2, isBidirectional: Bool = true, feedsCode: Bool = true,
    isTied: Bool = false
  ) -> AutoencoderConfiguration {
    AutoencoderConfiguration(
      stack: StackConfiguration(
        cell: cell, inputSize: 1, hiddenSize: 5, layerCount: layers,
        isBidirectional: isBidirectional, dropout: 0.2),
      codeSize: 4, feedsCode: feedsCode, inputDropout: 0.2, isTied: isTied)
  }

  static let forms: [AutoencoderConfiguration] = [
    configuration(), configuration(.gru, layers: 1, feedsCode: false),
    configuration(.clockwork, layers: 1, isBidirectional: false),
    configuration(.lstmPeephole, layers: 1, isBidirectional: false, isTied: true),
  ]

  @Test(arguments: forms)
  func gradientsOfSentences(form: AutoencoderConfiguration) throws {
    try check(SentenceProblem<Double>(form, workers: 3))
  }

  @Test(arguments: forms, [false, true])
  func gradientsOfFrames(form: AutoencoderConfiguration, feedsFrames: Bool) throws {
    guard feedsFrames || form.feedsCode else { return }
    try check(
      FrameProblem<Double>(
        form, feedsFrames: feedsFrames, hasPartners: form.stack.layerCount > 1, workers: 3))
    try check(FrameProblem<Double>(form, feedsFrames: feedsFrames, workers: 2))
  }

  @Test(arguments: forms)
  func gradientsOfDocuments(form: AutoencoderConfiguration) throws {
    try check(DocumentProblem<Double>(form, workers: 3))
  }

  private func check(_ problem: AutoencoderProblem<Double>) throws {
    _ = problem.run()
    let (gradients, start) = (problem.gradients, problem.weights)
    try expectGradient(
      gradients,
      matches: {
        problem.weights = $0
        return problem.run()
      }, at: start)
  }

  @Test func weightsDoNotDependOnThreads() {
    let problems: [(Int) -> AutoencoderProblem<Float>] = [
      { SentenceProblem(Self.configuration(), workers: $0) },
      { SentenceProblem(Self.configuration(isTied: true), workers: $0) },
      { FrameProblem(Self.configuration(), feedsFrames: true, hasPartners: true, workers: $0) },
      { DocumentProblem(Self.configuration(isTied: true), workers: $0) },
    ]
    for make in problems {
      let results = [1, 2, 3, 5].map { workers in
        let problem = make(workers)
        for update in 0..<20 { _ = problem.run(update: update, learningRate: 0.01) }
        return problem.weights.map(\.bitPattern)
      }
      #expect(results[0].allSatisfy { Float(bitPattern: $0).isFinite })
      for result in results { #expect(result == results[0]) }
    }
  }
}
