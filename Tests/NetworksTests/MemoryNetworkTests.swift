import TestSupport
import Testing
import Unroll

/// Whole memory networks: central differences in Double over every parameter, with texts and stories
/// of different lengths, several hops and several workers.
@Suite struct MemoryNetworkTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var cell: any Cell = .gru
    var encoder = MemoryNetworkConfiguration.Encoder.rnn
    var isBidirectional = false
    var layers = 1
    var fusion = 0
    var ages = 3
    var score = AttentionScore.general
    var hops = 3
    var testDescription: String {
      "\(cell) \(encoder) fusion \(fusion) ages \(ages) \(score) hops \(hops)"
    }

    var configuration: MemoryNetworkConfiguration {
      MemoryNetworkConfiguration(
        vocabularyCount: 9, embeddingSize: 5, encoder: encoder,
        stack: StackConfiguration(
          cell: cell, inputSize: 1, hiddenSize: 4, layerCount: layers,
          isBidirectional: isBidirectional, dropout: 0.2),
        fusionSize: fusion, ageCount: ages, score: score, hopCount: hops, answerCount: 4)
    }
  }

  static let shapes = [
    Shape(isBidirectional: true, fusion: 3),
    Shape(cell: .lstm, isBidirectional: true, layers: 2, score: .additive, hops: 2),
    Shape(cell: .minGRU, fusion: 3, ages: 0, score: .dot, hops: 1),
    Shape(encoder: .position, score: .scaledDot),
    Shape(encoder: .bag, ages: 1, hops: 2),
  ]

  @Test(arguments: shapes)
  func gradients(shape: Shape) throws {
    let problem = MemoryNetworkProblem<Double>(shape.configuration, workers: 3)
    problem.run()
    let (gradients, start) = (problem.gradients, problem.weights)
    try expectGradient(
      gradients,
      matches: {
        problem.weights = $0
        return problem.run().loss
      }, at: start)
  }

  /// Questions without an answer ask for nothing.
  @Test func ignoresUnknownAnswers() {
    let problem = MemoryNetworkProblem<Double>(Self.shapes[0].configuration, workers: 2)
    problem.answers = problem.answers.map { _ in -1 }
    #expect(problem.run().loss == 0)
    #expect(problem.gradients.allSatisfy { $0 == 0 })
  }

  /// Every hop spends all of its attention, inside the question's own story.
  @Test func attentionSumsToOne() {
    let shape = Self.shapes[0]
    let attention = MemoryNetworkProblem<Double>(shape.configuration, workers: 2).run().attention
    #expect(attention.count == shape.hops)
    for weights in attention.joined() {
      #expect(abs(weights.reduce(0, +) - 1) < 1e-14)
      #expect(weights.allSatisfy { $0 > 0 })
    }
  }

  @Test(arguments: shapes)
  func weightsDoNotDependOnThreads(shape: Shape) {
    let results = [1, 2, 3, 5].map { workers in
      let problem = MemoryNetworkProblem<Float>(shape.configuration, workers: workers)
      for update in 0..<20 { problem.run(update: update, learningRate: 0.01) }
      return problem.weights.map(\.bitPattern)
    }
    #expect(results[0].allSatisfy { Float(bitPattern: $0).isFinite })
    for result in results { #expect(result == results[0]) }
  }
}
