import Autodiff
import Compute
import Foundation
import Networks
import Parallel
import TestSupport
import Testing

/// Memory networks in Double against a plain model in PyTorch, which reads one question at a time:
/// see `make_memory_goldens.py`.
@Suite struct MemoryNetworkGoldenTests {
  private struct Golden: Decodable {
    struct Named: Decodable {
      let name: String
      let shape: [Int]
    }
    let parameters: [Named]
    let scores: [Double]
    let attention: [[[Double]]]
    let loss: Double
    let gradients: [String: [Double]]
  }

  @Test(arguments: [MemoryNetworkConfiguration.Encoder.rnn, .position])
  func equalsPyTorch(encoder: MemoryNetworkConfiguration.Encoder) throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "memory-network-\(encoder.rawValue)", withExtension: "json",
        subdirectory: "values"))
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    let problem = MemoryNetworkProblem<Double>(
      MemoryNetworkConfiguration(
        vocabularyCount: 9, embeddingSize: 5, encoder: encoder,
        stack: StackConfiguration(
          cell: .gru, inputSize: 5, hiddenSize: 4, isBidirectional: true),
        fusionSize: encoder == .rnn ? 3 : 0, ageCount: 3,
        score: encoder == .rnn ? .general : .additive, hopCount: 3, answerCount: 4), workers: 2)
    let store = problem.store
    #expect(Set(store.parameters.map(\.name)) == Set(golden.parameters.map(\.name)))
    for (place, named) in golden.parameters.enumerated() {
      let parameter = try #require(store.parameter(named: named.name))
      #expect(parameter.shape == named.shape, "\(named.name)")
      parameter.values = (0..<parameter.count).map {
        0.6 * cos(0.97 * Double($0) + 1.3 * Double(place))
      }
    }
    store.pack()

    let scores = problem.scores(team: WorkerTeam(count: 2))
    expectEqual(scores, golden.scores, "scores")
    let result = problem.run()
    #expect(abs(result.loss - golden.loss) < 1e-14)
    for (hop, weights) in golden.attention.enumerated() {
      expectEqual(
        Array(result.attention[hop].joined()), Array(weights.joined()), "attention of hop \(hop)")
    }
    for (name, values) in golden.gradients {
      let parameter = try #require(store.parameter(named: name))
      expectEqual(
        Array(UnsafeBufferPointer(start: parameter.gradient, count: parameter.count)), values,
        name)
    }
  }

  private func expectEqual(_ found: [Double], _ expected: [Double], _ what: String) {
    #expect(found.count == expected.count, "\(what)")
    let worst = zip(found, expected).map { abs($0 - $1) }.max { !($0 >= $1) } ?? .nan
    #expect(worst < 1e-14, "\(what): off by \(worst)")
  }
}
