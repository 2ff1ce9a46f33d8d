import TestSupport
import Testing
import Unroll

/// Losses over the target and some drawn classes.
@Suite struct SampledLossTests {
  /// Four of eleven classes are drawn, of which one is a target too, with room for five.
  private struct Sampled {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [4, 3, 1]))
    let x: OperationCheck<Double>.Leaf
    let table: Parameter<Double>
    let bias: Parameter<Double>
    let rows: ListedRows<Double>
    let targets: [Int32] = [2, 9, 0, 2, -1, 7, 2, 0]
    let drawn: [Int32] = [1, 2, 5, 10, -1]
    let corrections = [0.5, -1, 0.25, 2, 0]
    let weights = [1, 2, 0.5, 3, 0]
    let buffers: [AlignedBuffer<Double>]
    let index = TokenIndex(idCount: 11)

    init() {
      x = check.leaf(columns: 3)
      table = check.parameters.add(
        "table", shape: [11, 3], role: .table, initializer: .uniform(1))
      bias = check.parameters.add("bias", shape: [11], role: .table, initializer: .uniform(1))
      rows = ListedRows(
        of: table, bias: bias, count: 5, precision: .f32, in: check.parameters)
      let odds = (0..<8).map { 0.1 * Double($0) - 0.3 }
      buffers = [corrections, weights, odds].map { values in
        let buffer = AlignedBuffer<Double>(count: values.count)
        for (index, value) in values.enumerated() { buffer.base[index] = value }
        return buffer
      }
    }

    func record(_ isContrast: Bool, _ recording: OperationCheck<Double>.Recording) -> Loss<Double> {
      let (targets, ids) = (check.integers(targets), check.integers(targets + drawn))
      let classes = SampledClasses(
        ids: check.integers(drawn), corrections: buffers[0].base, weights: buffers[1].base)
      return isContrast
        ? recording.tape.noiseContrast(
          recording[x], targets: targets, corrections: buffers[2].base, classes, rows, ids: ids,
          index: index, scale: 0.7)
        : recording.tape.sampledSoftmax(
          recording[x], targets: targets, classes, rows, ids: ids, index: index, scale: 0.7)
    }

    func score(_ row: Int, _ id: Int) -> Double {
      (0..<3).reduce(bias.values[id]) {
        $0 + table.values[id * 3 + $1] * check[x][row * 3 + $1]
      }
    }
  }

  /// Over all classes; or of outputs that are taken for logarithms of probabilities as they are.
  @Test(arguments: [false, true])
  func exactLossesOfATable(isSelfNormalised: Bool) {
    let sampled = Sampled()
    var recorded: Loss<Double>?
    _ = sampled.check.evaluate(training: false) { recording in
      recorded = recording.tape.tableSoftmax(
        recording[sampled.x], targets: sampled.check.integers(sampled.targets),
        table: sampled.table, bias: sampled.bias, isSelfNormalised: isSelfNormalised, scale: 1)
    }
    for (row, target) in sampled.targets.enumerated() {
      let scores = (0..<11).map { sampled.score(row, $0) }
      let sum = isSelfNormalised ? 1 : scores.reduce(0) { $0 + Scalar.exp($1) }
      let expected = target < 0 ? 0 : Scalar.log(sum) - scores[Int(target)]
      #expect(abs((recorded?.terms[row, 0] ?? .nan) - expected) < 1e-12)
    }
  }

  @Test(arguments: [false, true])
  func gradients(isContrast: Bool) throws {
    let sampled = Sampled()
    try sampled.check.run { _ = sampled.record(isContrast, $0) }
  }

  /// Against the definitions.
  @Test(arguments: [false, true])
  func values(isContrast: Bool) {
    let sampled = Sampled()
    var recorded: Loss<Double>?
    _ = sampled.check.evaluate { recorded = sampled.record(isContrast, $0) }
    let terms = recorded?.terms.values ?? []
    #expect(terms.count == sampled.targets.count)
    func softplus(_ x: Double) -> Double { Scalar.log(1 + Scalar.exp(x)) }
    for (row, target) in sampled.targets.enumerated() {
      guard target >= 0 else {
        #expect(terms[row] == 0)
        continue
      }
      let score = sampled.score(row, Int(target))
      let drawn = zip(sampled.drawn, sampled.corrections).filter { $0.0 >= 0 }
      let expected: Double
      if isContrast {
        let noise = zip(drawn, sampled.weights).map {
          $1 * softplus(sampled.score(row, Int($0.0)) + $0.1)
        }
        expected = noise.reduce(softplus(-(score + 0.1 * Double(row) - 0.3)), +)
      } else {
        let others = drawn.filter { $0.0 != target }.map {
          Scalar.exp(sampled.score(row, Int($0.0)) + $0.1)
        }
        expected = Scalar.log(others.reduce(Scalar.exp(score), +)) - score
      }
      #expect(abs(terms[row] - expected) < 1e-13)
    }
  }
}
