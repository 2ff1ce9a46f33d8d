import Autodiff
import Compute
import Foundation
import Networks
import Parallel
import TestSupport
import Testing

/// Encoder-decoders against PyTorch, as `make_translator_goldens.py` wrote their losses and gradients.
@Suite struct TranslatorGoldenTests {
  private struct Values: Decodable {
    let parameters: [Golden.Named]
    let loss: Double
    let gradients: [String: [Double]]
  }

  private static let sourceCount = 7
  private static let targetCount = 6

  private static func configuration(_ name: String) -> TranslatorConfiguration {
    let feeds = name == "additive-feeding"
    func stack(_ inputs: Int, _ units: Int, isBidirectional: Bool) -> StackConfiguration {
      StackConfiguration(
        cell: feeds ? .gru : .lstm, inputSize: inputs, hiddenSize: units,
        layerCount: feeds ? 1 : 2, isBidirectional: isBidirectional)
    }
    return TranslatorConfiguration(
      sourceCount: sourceCount, targetCount: targetCount,
      encoder: stack(3, 5, isBidirectional: true), decoder: stack(4, 6, isBidirectional: false),
      attention: feeds ? .additive : .general, attentionSize: 8, feedsInput: feeds)
  }

  @Test(arguments: ["general", "additive-feeding"], [1, 2])
  func inDouble(name: String, workers: Int) throws {
    try check(name, Double.self, tolerance: 1e-11, workers: workers)
  }

  @Test(arguments: ["general", "additive-feeding"], [1, 2])
  func inFloat(name: String, workers: Int) throws {
    try check(name, Float.self, tolerance: 3e-6, workers: workers)
  }

  private func check<S: MatrixElement>(
    _ name: String, _: S.Type, tolerance: Double, workers: Int
  ) throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "translator-\(name)", withExtension: "json", subdirectory: "values"))
    let golden = try JSONDecoder().decode(Values.self, from: Data(contentsOf: url))
    let problem = TranslatorProblem<S>(Self.configuration(name), workers: workers)
    let parameters = problem.model.parameters
    #expect(parameters.parameters.count == golden.parameters.count)
    for (place, expected) in golden.parameters.enumerated() {
      let parameter = try #require(
        parameters.parameter(named: expected.name), "\(expected.name)")
      try #require(parameter.shape == expected.shape, "\(expected.name)")
      parameter.values = (0..<parameter.count).map {
        S(0.4 * cos(0.97 * Double($0) + 1.3 * Double(place)))
      }
    }
    parameters.pack()
    // Pairs by their sources' lengths; the problem says which target belongs to which source.
    func tokens(_ row: Int, _ length: Int, _ token: (Int, Int) -> Int) -> [Int32] {
      (0..<length).map { Int32(token($0, row)) }
    }
    problem.targets = [4, 3, 3, 1].enumerated().map { row, length in
      tokens(row, length) { (5 * $0 * $0 + 2 * $1 + $0 * $1) % Self.targetCount }
    }
    let lengths = [4, 2, 5, 1]
    for (row, source) in problem.rows.enumerated() {
      problem.sources[Int(source)] = tokens(row, lengths[row]) {
        (7 * $0 * $0 + 3 * $1 + $0 * $1 + 1) % Self.sourceCount
      }
    }
    expectClose([problem.run()], [golden.loss], tolerance, "loss")
    for parameter in parameters.parameters {
      expectClose(
        (0..<parameter.count).map { parameter.gradient[$0] },
        try #require(golden.gradients[parameter.name]), tolerance, parameter.name)
    }
  }
}
