import Foundation
import TestSupport
import Testing
import Unroll

/// CTC against the sum over all paths written down as it is defined, against central differences,
/// against PyTorch and against published values.
@Suite struct CTCLossTests {
  /// Rows of features, an output layer, and a label sequence a row.
  private final class Problem<S: MatrixElement> {
    let layout: SequenceLayout
    let classes: Int
    let check: OperationCheck<S>
    let x: OperationCheck<S>.Leaf
    let weight: PackedParameter<S>
    let bias: Parameter<S>
    let packedBias: PackedVector<S>
    let targets: CTCTargets
    let blank: Int

    /// - Parameter features: nil where the features are the logits: then W is the identity.
    init(
      lengths: [Int], classes: Int, features: Int? = nil, targets: [[Int32]], blank: Int = 0
    ) {
      layout = SequenceLayout(lengths: lengths)
      self.classes = classes
      check = OperationCheck(layout)
      x = check.leaf(columns: features ?? classes)
      let parameter = check.parameter("output.weight", classes, features ?? classes)
      bias = check.parameter("output.bias", classes)
      weight = PackedParameter(parameter, precision: .f32, in: check.parameters)
      packedBias = PackedVector([bias], in: check.parameters)
      self.targets = CTCTargets(targets)
      self.blank = blank
      if features == nil {
        let (inputs, size) = (check.values.prefix(layout.tokenCount * classes), classes)
        check.values =
          inputs + (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 }
          + Array(repeating: 0, count: size)
      }
    }

    func record(
      _ recording: OperationCheck<S>.Recording, scale: Double = 1
    ) -> (loss: Loss<S>, infeasibleRows: [Int]) {
      recording.tape.ctcLoss(
        recording[x], targets: targets, blank: blank, weight: weight, bias: packedBias,
        biasParameter: bias, scale: scale)
    }

    func tokens(_ row: Int) -> [Int] {
      (0..<layout.lengths[row]).map { layout.offsets[$0] + row }
    }

    /// Replaces the logits of `row`, `[frames][classes]`.
    func setLogits(_ row: Int, _ logits: [[Double]]) {
      var values = check[x]
      for (token, frame) in zip(tokens(row), logits) {
        for (index, value) in frame.enumerated() { values[token * classes + index] = S(value) }
      }
      check[x] = values
    }

    /// Loss terms and, by row, the gradient by the logits `[frames · classes]`.
    func evaluate(training: Bool = true) -> (losses: [Double], gradient: [[Double]], rows: [Int]) {
      var loss: Loss<S>?
      var rows: [Int] = []
      let result = check.evaluate(training: training) { (loss, rows) = record($0) }
      let gradient = layout.lengths.indices.map { row in
        training
          ? tokens(row).flatMap { token in
            result.gradient[token * classes..<(token + 1) * classes].map(Double.init)
          } : []
      }
      return (loss?.terms.values.map(Double.init) ?? [], gradient, rows)
    }
  }

  /// Every path of `frames` classes that is trimmed to `labels`.
  private static func likelihood(_ logits: [[Double]], _ labels: [Int32], blank: Int) -> Double {
    let probabilities = logits.map { frame in
      let sum = frame.reduce(0) { $0 + exp($1) }
      return frame.map { exp($0) / sum }
    }
    func sum(_ frame: Int, _ previous: Int, _ done: Int) -> Double {
      guard frame < logits.count else { return done == labels.count ? 1 : 0 }
      return logits[0].indices.reduce(0) { total, index in
        var next = done
        if index != previous, index != blank {
          guard done < labels.count, labels[done] == index else { return total }
          next += 1
        }
        return total + probabilities[frame][index] * sum(frame + 1, index, next)
      }
    }
    return sum(0, -1, 0)
  }

  @Test func gradientMatchesCentralDifferences() throws {
    let problem = Problem<Double>(
      lengths: [7, 5, 5, 3, 2, 1], classes: 4, features: 3,
      targets: [[1, 2, 2], [3, 3, 3], [], [2, 1, 3], [1, 1], [3]])
    try problem.check.run { _ = problem.record($0, scale: 0.3) }
    let last = Problem<Double>(
      lengths: [6, 4, 4], classes: 5, features: 2, targets: [[0, 0, 1], [3], [2, 1, 0, 3]], blank: 4
    )
    try last.check.run { _ = last.record($0, scale: 0.7) }
  }

  @Test(arguments: [0, 2])
  func lossIsTheSumOverAllPaths(blank: Int) throws {
    let labels: [Int32] = blank == 0 ? [1, 2] : [0, 1]
    let targets: [[Int32]] = [
      [labels[0], labels[0], labels[1]], [labels[0], labels[1], labels[0]], [labels[1], labels[1]],
      [], [labels[1]],
    ]
    let lengths = [7, 6, 4, 3, 1]
    let problem = Problem<Double>(lengths: lengths, classes: 3, targets: targets, blank: blank)
    let values = problem.check[problem.x]
    let losses = problem.evaluate().losses
    for (row, target) in targets.enumerated() {
      let logits = problem.tokens(row).map { Array(values[$0 * 3..<$0 * 3 + 3]) }
      let expected = -log(Self.likelihood(logits, target, blank: blank))
      #expect(abs(losses[row] - expected) < 1e-13 * max(1, expected), "row \(row)")
    }
    #expect(problem.evaluate(training: false).losses == losses)
  }

  /// Two classes, uniform, three frames: six of the eight paths spell "a".
  @Test func uniformExample() {
    let problem = Problem<Float>(lengths: [3], classes: 2, targets: [[1]])
    problem.setLogits(0, [[0, 0], [0, 0], [0, 0]])
    #expect(abs(problem.evaluate().losses[0] - 0.287682) < 1e-6)
  }

  @Test func rowsWithTooFewFramesAreNamedAndCountAsZero() {
    let problem = Problem<Float>(
      lengths: [4, 3, 2, 2, 1], classes: 4, targets: [[1, 2], [1, 1, 2], [3, 3], [3, 1], []])
    let result = problem.evaluate()
    #expect(result.rows == [1, 2])
    for row in result.rows {
      #expect(result.losses[row] == 0)
      #expect(result.gradient[row].allSatisfy { $0 == 0 })
    }
    #expect(result.losses.allSatisfy { $0.isFinite })
    #expect(result.losses[0] > 0 && result.losses[3] > 0)
    #expect(CTCTargets.framesNeeded([1, 1, 2, 2, 2]) == 8)
  }

  /// Where labels are so improbable that their paths' probabilities are far below the smallest
  /// number.
  @Test func tinyProbabilitiesStayExact() {
    let (frames, labels) = (900, 300)
    let problem = Problem<Float>(
      lengths: [frames], classes: 3, targets: [(0..<labels).map { Int32(1 + $0 % 2) }])
    problem.setLogits(0, Array(repeating: [40, 0, 0], count: frames))
    let result = problem.evaluate()
    // Each label stands in one frame and costs 40 nats, and there are C(900, 300) ways to place them;
    // a label that is held for longer costs another 40.
    let ways = lgamma(901.0) - lgamma(301.0) - lgamma(601.0)
    let expected = Double(labels) * 40 - ways
    #expect(abs(result.losses[0] - expected) / expected < 1e-7)
    #expect(abs(result.gradient[0].reduce(0, +)) < 1e-4)
    let share = (0..<frames).map { result.gradient[0][$0 * 3] }
    #expect(share.allSatisfy { abs($0 - Double(labels) / Double(frames)) < 1e-5 })
  }

  @Test func valuesOfPyTorch() throws {
    let url = try #require(
      Bundle.module.url(forResource: "ctc", withExtension: "json"))
    let document = try JSONValue(parsing: String(contentsOf: url, encoding: .utf8))
    for item in try #require(document["cases"]?.array) {
      let lengths = try #require(item["lengths"]?.array).compactMap(\.integer)
      let classes = try #require(item["classes"]?.integer)
      let targets = try #require(item["targets"]?.array).map {
        ($0.array ?? []).compactMap { $0.integer.map(Int32.init) }
      }
      let stride = try #require(item["stride"]?.integer)
      let problem = Problem<Double>(
        lengths: lengths, classes: classes, targets: targets,
        blank: try #require(item["blank"]?.integer))
      for (row, length) in lengths.enumerated() {
        problem.setLogits(
          row,
          (0..<length).map { frame in
            (0..<classes).map { 3 * cos(0.97 * Double(frame * classes + $0 + 31 * row)) }
          })
      }
      let result = problem.evaluate()
      let losses = try #require(item["loss"]?.array).compactMap(\.number)
      let gradients = try #require(item["gradient"]?.array)
      try #require(losses.count == lengths.count && gradients.count == lengths.count)
      for row in lengths.indices {
        #expect(abs(result.losses[row] - losses[row]) <= 1e-12 * max(1, losses[row]))
        let expected = (gradients[row].array ?? []).compactMap(\.number)
        try #require(expected.count == (result.gradient[row].count - 1) / stride + 1)
        for (index, value) in expected.enumerated() {
          #expect(abs(result.gradient[row][index * stride] - value) < 1e-11)
        }
      }
    }
  }

  @Test(.enabled(if: SharedData.url("ctc-vectors/ctc-loss.json") != nil))
  func publishedValues() throws {
    let url = try #require(SharedData.url("ctc-vectors/ctc-loss.json"))
    let cases = try #require(
      try JSONValue(parsing: String(contentsOf: url, encoding: .utf8))["cases"]?.array)
    #expect(cases.count == 3)
    func table(_ value: JSONValue?) -> [[Double]]? {
      value?.array?.map { ($0.array ?? []).compactMap(\.number) }
    }
    for item in cases {
      let logits = try #require(
        table(item["logits"]) ?? table(item["probs"])?.map { $0.map { log($0) } })
      let problem = Problem<Float>(
        lengths: [logits.count], classes: logits[0].count,
        targets: [try #require(item["labels"]?.array).compactMap { $0.integer.map(Int32.init) }],
        blank: try #require(item["blank"]?.integer))
      problem.setLogits(0, logits)
      let result = problem.evaluate()
      let expected = try #require(item["neg_log_likelihood"]?.number)
      #expect(abs(result.losses[0] - expected) < 1e-5)
      if let gradient = table(item["grad_wrt_logits"])?.joined() {
        #expect(gradient.count == result.gradient[0].count)
        for (found, wanted) in zip(result.gradient[0], gradient) {
          #expect(abs(found - wanted) < 1e-5)
        }
      }
    }
  }
}
