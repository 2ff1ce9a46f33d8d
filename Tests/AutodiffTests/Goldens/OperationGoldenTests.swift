import Foundation
import TestSupport
import Testing
import Unroll

/// Losses and gradients of operations against PyTorch; `make_operation_goldens.py` says how the
/// values are made.
///
/// In Double what is left are the twelve digits of the file. In Float the largest difference
/// measured is 4.1e-7 where nothing else is said, relative to the largest gradient of an input.
@Suite struct OperationGoldenTests {
  private struct File: Decodable {
    struct Case: Decodable {
      let loss: Double
      let gradients: [[Double]]
    }
    let cases: [String: Case]
  }

  private static let target = SequenceLayout(lengths: [4, 3, 1, 1])
  private static let source = SequenceLayout(lengths: [6, 5, 2])

  @Test func crf() throws {
    let layout = SequenceLayout(lengths: [5, 4, 4, 2, 1])
    func check<S: MatrixElement>(_: S.Type) throws {
      let check = OperationCheck<S>(layout)
      let x = check.leaf(columns: 4)
      let scores = TransitionScores("crf", tagCount: 4, in: check.parameters)
      let labels = check.integers((0..<Int32(layout.tokenCount)).map { (7 * $0 + $0 / 3) % 4 })
      try compare("crf", check) {
        $0.tape.linearChainCRF($0[x], labels: labels, scores: scores, scale: 0.3)
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test(arguments: AttentionScore.allCases)
  func attention(score: AttentionScore) throws {
    func check<S: MatrixElement>(_: S.Type) throws {
      let check = OperationCheck<S>(Self.target, Self.source)
      let size = score == .additive || score == .general ? 3 : 5
      let queries = check.leaf(columns: size)
      let memory = check.leaf(columns: 5, layout: 1)
      let rows = check.integers([2, 0, 2, 2])
      let layer = AttentionLayer(
        "attention", score: score, querySize: size, keySize: 5, unitCount: 4, scheme: .xavier,
        precision: .f32, in: check.parameters)
      try compare("attention-\(score.rawValue)", check) {
        let keys = $0.tape.attentionMemory($0[memory], layer)
        $0.probe(
          $0.tape.attention($0[queries], over: keys, layer, sources: rows).context,
          weight: { cos(0.7 * Double($0) + 0.4) })
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test func attentionPooling() throws {
    func check<S: MatrixElement>(_: S.Type) throws {
      let check = OperationCheck<S>(Self.source)
      let x = check.leaf(columns: 3)
      let layer = AttentionPoolingLayer(
        "pooling", inputSize: 3, unitCount: 5, scheme: .xavier, precision: .f32,
        in: check.parameters)
      try compare("attention-pooling", check) {
        $0.probe(
          $0.tape.attentionPooled($0[x], layer).mean, weight: { cos(0.7 * Double($0) + 0.4) })
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test(arguments: ["sigmoid", "squared-error"])
  func output(criterion: String) throws {
    func check<S: MatrixElement>(_: S.Type) throws {
      let check = OperationCheck<S>(Self.source)
      let x = check.leaf(columns: 4)
      let layer = LinearLayer(
        "output", inputSize: 4, outputSize: 7, scheme: .xavier, precision: .f32,
        in: check.parameters)
      try compare(criterion, check) {
        let targets = $0.tape.arena.matrix(rows: Self.source.tokenCount, columns: 7)
        if criterion == "sigmoid" {
          targets.assign((0..<targets.rows * 7).map { $0 % 3 == 0 ? 1 : 0 })
          $0.tape.sigmoidCrossEntropy($0[x], targets: targets, layer, scale: 0.3)
        } else {
          targets.assign((0..<targets.rows * 7).map { Self.value(input: 3, $0) })
          $0.tape.squaredError($0[x], targets: targets, layer, scale: 0.3)
        }
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test(arguments: [
    ("memory-two-heads", MemoryShape(slotCount: 6, width: 4), 1e-6),
    (
      "memory-five-heads",
      MemoryShape(slotCount: 4, width: 3, readHeadCount: 2, writeHeadCount: 3, shiftRange: 2), 0.3
    ),
  ])
  func memory(name: String, shape: MemoryShape, constant: Double) throws {
    func check<S: MatrixElement>(_: S.Type) throws {
      let check = OperationCheck<S>(Self.target)
      let problem = MemoryProblem(shape, constant: constant, in: check)
      // Float: measured 6.5e-6; softmaxes over sharp weights, one after the other, cancel digits.
      try compare(name, check, floatTolerance: 9e-6) {
        let (first, reads) = problem.record($0)
        for y in [reads, first] { $0.probe(y, weight: { cos(0.7 * Double($0) + 0.4) }) }
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  private static func value<S: MatrixElement>(input: Int, _ element: Int) -> S {
    S(0.8 * cos(0.97 * Double(element) + 1.3 * Double(input)))
  }

  /// Fills leaves and parameters by the formula, and compares.
  private func compare<S: MatrixElement>(
    _ name: String, _ check: OperationCheck<S>, floatTolerance: Double = 6e-7,
    _ body: (OperationCheck<S>.Recording) -> Void
  ) throws {
    let url = try #require(Bundle.module.url(forResource: "operations", withExtension: "json"))
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    let golden = try #require(file.cases[name])
    check.values = golden.gradients.enumerated().flatMap { input, gradient in
      gradient.indices.map { Self.value(input: input, $0) }
    }
    let result = check.evaluate(body)
    let tolerance = S.self == Double.self ? 5e-12 : floatTolerance
    #expect(abs(result.loss - golden.loss) <= tolerance * max(1, abs(golden.loss)), "\(name)")
    var rest = result.gradient[...]
    for (input, expected) in golden.gradients.enumerated() {
      let actual = rest.prefix(expected.count).map { Double($0) }
      rest = rest.dropFirst(expected.count)
      try #require(actual.count == expected.count)
      let largest = expected.map { abs($0) }.max() ?? 1
      let worst = zip(actual, expected).map { abs($0 - $1) / largest }.max { !($0 >= $1) } ?? 0
      #expect(worst <= tolerance, "\(name), \(S.self), input \(input)")
    }
    #expect(rest.isEmpty)
  }
}
