import Foundation
import TestSupport
import Testing
import Unroll

/// Output layers with their losses: gradients, weights of rows, rows that do not count, and values
/// against the definition.
@Suite struct OutputLossTests {
  private static let layout = SequenceLayout(lengths: [5, 3, 2, 2])
  private static let extents: [Variable<Double>.Extent] = [.tokens, .sequences]
  private static let classes = 7

  /// A linear layer of its own on one leaf.
  private struct Head {
    let check = OperationCheck<Double>(layout)
    let x: OperationCheck<Double>.Leaf
    let layer: LinearLayer<Double>
    let rows: Int

    init(_ extent: Variable<Double>.Extent) {
      rows = extent == .tokens ? layout.tokenCount : layout.rowCount
      x = check.leaf(columns: 4, extent: extent)
      layer = LinearLayer(
        "output", inputSize: 4, outputSize: classes, scheme: .uniform(1), precision: .f32,
        in: check.parameters)
    }

    func matrix(_ value: (Int) -> Double) -> (AlignedBuffer<Double>, Matrix<Double>) {
      let stride = Matrix<Double>.stride(forColumns: classes)
      let buffer = AlignedBuffer<Double>(count: rows * stride)
      let matrix = Matrix(base: buffer.base, rows: rows, columns: classes, stride: stride)
      matrix.assign((0..<rows * classes).map(value))
      return (buffer, matrix)
    }

    /// X · Wᵀ + b.
    var outputs: [[Double]] {
      let (w, b, input) = (layer.weight.parameter.values, layer.bias.values, check[x])
      return (0..<rows).map { row -> [Double] in
        (0..<classes).map { out -> Double in
          var sum = b[out]
          for index in 0..<4 { sum += w[out * 4 + index] * input[row * 4 + index] }
          return sum
        }
      }
    }
  }

  private static func weights(_ count: Int) -> AlignedBuffer<Double> {
    let buffer = AlignedBuffer<Double>(count: count)
    for row in 0..<count { buffer.base[row] = row == 2 ? 0 : 0.5 + Double(row) }
    return buffer
  }

  /// Against -Σ p ln softmax, where p is the target, or has some of each class. Every third row does not
  /// count.
  @Test(arguments: extents, [(false, 0), (true, 0), (false, 0.2), (true, 0.2)])
  func softmax(
    extent: Variable<Double>.Extent, form: (isWeighted: Bool, smoothing: Double)
  ) throws {
    let head = Head(extent)
    let targets = (0..<head.rows).map { Int32($0 % 3 == 1 ? -1 : ($0 * 5) % Self.classes) }
    let ids = head.check.integers(targets)
    let weights = Self.weights(head.rows)
    let given = form.isWeighted ? UnsafeBufferPointer(weights.elements) : nil
    func record(_ recording: OperationCheck<Double>.Recording) {
      recording.tape.softmaxCrossEntropy(
        recording[head.x], targets: ids, head.layer, smoothing: form.smoothing, rowWeights: given,
        scale: 0.3)
    }
    try head.check.run(record)
    let loss = head.check.evaluate(record).loss
    let expected = head.outputs.enumerated().reduce(0.0) { sum, row in
      guard targets[row.offset] >= 0 else { return sum }
      let total = log(row.element.reduce(0) { $0 + exp($1) })
      let terms = row.element.enumerated().map { place, logit in
        let share = place == Int(targets[row.offset]) ? 1 - form.smoothing : 0
        return (share + form.smoothing / Double(Self.classes)) * (total - logit)
      }
      return sum + (form.isWeighted ? weights.base[row.offset] : 1) * terms.reduce(0, +)
    }
    #expect(abs(loss - 0.3 * expected) <= 2e-15 * expected)
  }

  /// A weight whose product is too small for a number counts as none, and leaves no outputs for gradients.
  @Test(arguments: extents)
  func weightsThatVanishAreNone(extent: Variable<Double>.Extent) {
    let head = Head(extent)
    let ids = head.check.integers((0..<head.rows).map { Int32($0 % Self.classes) })
    let (buffer, targets) = head.matrix { $0 % 3 == 0 ? 1 : 0 }
    func gradients(_ weight: Double) -> [[Double]] {
      let weights = Self.weights(head.rows)
      weights.base[1] = weight
      let given = UnsafeBufferPointer(weights.elements)
      return withExtendedLifetime((buffer, weights)) {
        [
          head.check.evaluate {
            $0.tape.softmaxCrossEntropy(
              $0[head.x], targets: ids, head.layer, rowWeights: given, scale: 0.3)
          },
          head.check.evaluate {
            $0.tape.softmaxCrossEntropy(
              $0[head.x], targets: ids, head.layer, smoothing: 0.1, rowWeights: given, scale: 0.3)
          },
          head.check.evaluate {
            $0.tape.sigmoidCrossEntropy(
              $0[head.x], targets: targets, head.layer, rowWeights: given, scale: 0.3)
          },
          head.check.evaluate {
            $0.tape.squaredError(
              $0[head.x], targets: targets, head.layer, rowWeights: given, scale: 0.3)
          },
        ].map(\.gradient)
      }
    }
    #expect(gradients(.leastNonzeroMagnitude) == gradients(0))
  }

  /// Seven outputs: seven levels of one target.
  @Test(arguments: extents)
  func quantiles(extent: Variable<Double>.Extent) throws {
    let head = Head(extent)
    let levels = (1...Self.classes).map { Double($0) / 8 }
    let stride = Matrix<Double>.stride(forColumns: 1)
    let buffer = AlignedBuffer<Double>(count: head.rows * stride)
    let targets = Matrix(base: buffer.base, rows: head.rows, columns: 1, stride: stride)
    targets.assign((0..<head.rows).map { 2 * sin(Double($0)) })
    try withExtendedLifetime(buffer) {
      try head.check.run {
        $0.tape.quantileError(
          $0[head.x], targets: targets, levels: levels, head.layer, scale: 0.3)
      }
      let loss = head.check.evaluate {
        $0.tape.quantileError(
          $0[head.x], targets: targets, levels: levels, head.layer, scale: 0.3)
      }.loss
      var expected = 0.0
      for (row, outputs) in head.outputs.enumerated() {
        for (level, output) in zip(levels, outputs) {
          let error = targets[row, 0] - output
          expected += max(level * error, (level - 1) * error)
        }
      }
      #expect(abs(loss - 0.3 * expected) <= 1e-14 * expected)
    }
  }

  @Test(arguments: extents, [false, true])
  func sigmoid(extent: Variable<Double>.Extent, isWeighted: Bool) throws {
    let head = Head(extent)
    let (buffer, targets) = head.matrix { $0 % 3 == 0 ? 1 : $0 % 7 == 0 ? 0.25 : 0 }
    let weights = Self.weights(head.rows)
    let given = isWeighted ? UnsafeBufferPointer(weights.elements) : nil
    try withExtendedLifetime(buffer) {
      try head.check.run {
        $0.tape.sigmoidCrossEntropy(
          $0[head.x], targets: targets, head.layer, rowWeights: given, scale: 0.3)
      }
      let loss = head.check.evaluate {
        $0.tape.sigmoidCrossEntropy(
          $0[head.x], targets: targets, head.layer, rowWeights: given, scale: 0.3)
      }.loss
      var expected = 0.0
      for (row, outputs) in head.outputs.enumerated() {
        for (column, logit) in outputs.enumerated() {
          let y = 1 / (1 + exp(-logit))
          let t = targets[row, column]
          expected -= (isWeighted ? weights.base[row] : 1) * (t * log(y) + (1 - t) * log(1 - y))
        }
      }
      #expect(abs(loss - 0.3 * expected) <= 1e-15 * expected)
    }
  }

  @Test(arguments: extents, [false, true])
  func squaredError(extent: Variable<Double>.Extent, isWeighted: Bool) throws {
    let head = Head(extent)
    let (buffer, targets) = head.matrix { sin(Double($0)) }
    let weights = Self.weights(head.rows)
    let given = isWeighted ? UnsafeBufferPointer(weights.elements) : nil
    try withExtendedLifetime(buffer) {
      try head.check.run {
        $0.tape.squaredError(
          $0[head.x], targets: targets, head.layer, rowWeights: given, scale: 0.3)
      }
      var outputs: Matrix<Double>?
      let loss = head.check.evaluate(training: false) {
        outputs =
          $0.tape.squaredError(
            $0[head.x], targets: targets, head.layer, rowWeights: given, scale: 0.3
          ).outputs
      }.loss
      var expected = 0.0
      for (row, values) in head.outputs.enumerated() {
        for (column, value) in values.enumerated() {
          // Without training the outputs are left for the caller.
          #expect(abs(try #require(outputs)[row, column] - value) < 1e-15)
          let error = value - targets[row, column]
          expected += (isWeighted ? weights.base[row] : 1) * error * error
        }
      }
      #expect(abs(loss - 0.3 * expected) <= 1e-15 * expected)
    }
  }

  /// One id a sequence, such as a label.
  @Test func embeddingOfSequences() throws {
    let check = OperationCheck<Double>(Self.layout)
    let table = check.parameter("table", 5, 3)
    let ids = check.integers([4, 0, 4, 2])
    try check.run {
      let y = $0.tape.embedding(
        ids, table: table, index: TokenIndex(idCount: 5), plan: $0.plans[0], extent: .sequences)
      $0.probe(y)
    }
  }
}
