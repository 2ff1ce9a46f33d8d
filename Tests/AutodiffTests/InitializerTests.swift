import Autodiff
import Compute
import Testing

@Suite struct InitializerTests {
  private func values(
    _ initializer: Initializer, shape: [Int], blocks: Int = 1, seed: UInt64 = 3
  ) -> [Double] {
    let store = ParameterStore<Double>()
    let parameter = store.add(
      "w", shape: shape, blocks: blocks, role: .matrix, initializer: initializer)
    store.allocate(seed: seed)
    return parameter.values
  }

  @Test func uniformFillsItsRange() {
    let values = values(.uniform(0.25), shape: [40, 51])
    #expect(values.allSatisfy { abs($0) <= 0.25 })
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    // Deviations of mean and mean square over 2,040 draws are 0.0032 and 0.0004.
    #expect(abs(mean) < 0.013)
    #expect(abs(square - 0.0625 / 3) < 0.0017)
    #expect(Set(values).count > 2000)
  }

  @Test func normalHasItsDeviation() {
    let values = values(.normal(2), shape: [40, 51])
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    #expect(abs(mean) < 0.18)
    #expect(abs(square - 4) < 0.5)
    #expect(values.contains { $0 > 4 } && values.contains { $0 < -4 })
  }

  /// Every gate's block is orthonormal along its shorter side.
  @Test(arguments: [(6, 6), (5, 9), (9, 4)])
  func orthogonalIsOrthonormalInEveryBlock(units: Int, columns: Int) {
    let all = values(.orthogonal, shape: [3 * units, columns], blocks: 3)
    for block in 0..<3 {
      let w = Array(all[block * units * columns..<(block + 1) * units * columns])
      let byRows = units <= columns
      let count = min(units, columns)
      func element(_ vector: Int, _ index: Int) -> Double {
        byRows ? w[vector * columns + index] : w[index * columns + vector]
      }
      for i in 0..<count {
        for j in 0..<count {
          let dot = (0..<max(units, columns)).reduce(0) { $0 + element(i, $1) * element(j, $1) }
          #expect(abs(dot - (i == j ? 1 : 0)) < 1e-12)
        }
      }
    }
    #expect(all[..<(units * columns)] != all[(units * columns)..<(2 * units * columns)])
  }

  /// Whatever takes longest, in the end all weights are drawn.
  @Test(arguments: [(6, 6), (5, 9), (9, 4), (7, 1)])
  func allWeightsAreCounted(units: Int, columns: Int) {
    for initializer in [Initializer.orthogonal, .normal(1), .identity] {
      let store = ParameterStore<Float>()
      let parameter = store.add(
        "w", shape: [3 * units, columns], blocks: 3, role: .matrix, initializer: initializer)
      store.allocate(seed: nil)
      let drawing = Activity(in: ActivityList())
      initializer.fill(parameter, seed: 1, drawing)
      #expect(drawing.done == 3 * units * columns)
    }
  }

  @Test func identityAndBlocks() {
    #expect(values(.identity, shape: [2, 3]) == [1, 0, 0, 0, 1, 0])
    #expect(
      values(.blocks([.zeros, .constant(1), .constant(2)]), shape: [6], blocks: 3)
        == [0, 0, 1, 1, 2, 2])
  }

  @Test func xavierAndHeScaleWithTheirFans() {
    let bound = (6.0 / 90).squareRoot()
    let xavier = values(.xavier, shape: [30, 60])
    #expect(xavier.allSatisfy { abs($0) <= bound } && xavier.contains { abs($0) > 0.97 * bound })
    let he = values(.he, shape: [30, 60])
    let square = he.reduce(0) { $0 + $1 * $1 } / Double(he.count)
    #expect(abs(square - 2.0 / 60) < 0.005)
  }

  @Test func dependsOnTheSeedOnly() {
    #expect(values(.uniform(1), shape: [7, 5]) == values(.uniform(1), shape: [7, 5]))
    #expect(values(.uniform(1), shape: [7, 5]) != values(.uniform(1), shape: [7, 5], seed: 4))
  }
}
