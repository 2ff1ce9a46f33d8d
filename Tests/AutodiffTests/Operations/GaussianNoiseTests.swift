import Foundation
import TestSupport
import Testing
import Unroll

@Suite struct GaussianNoiseTests {
  @Test func gradientPassesThrough() throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [4, 2, 1]))
    let x = check.leaf(columns: 5)
    try check.run { $0.probe($0.tape.gaussianNoise($0[x], deviation: 0.6)) }
  }

  @Test func numbersAreNormalAndIndependent() {
    let (rows, columns) = (500, 37)
    let check = OperationCheck<Float>(SequenceLayout(rows: rows, steps: 4))
    let x = check.leaf(columns: columns)
    _ = check.evaluate { $0.probe($0[x]) }
    let result = check.evaluate { $0.probe($0.tape.gaussianNoise($0[x], deviation: 2)) }
    let plain = check.evaluate { $0.probe($0[x]) }
    let noise = zip(result.probed[0], plain.probed[0]).map { Double($0 - $1) / 2 }
    let count = Double(noise.count)
    func mean(_ power: Int) -> Double {
      noise.reduce(0) { $0 + pow($1, Double(power)) } / count
    }
    // Four standard errors each: of a mean 1 / √n, of powers as their variances say.
    #expect(abs(mean(1)) < 4 / count.squareRoot())
    #expect(abs(mean(2) - 1) < 4 * (2 / count).squareRoot())
    #expect(abs(mean(3)) < 4 * (15 / count).squareRoot())
    #expect(abs(mean(4) - 3) < 4 * (96 / count).squareRoot())
    for lag in [1, 2, 3, columns] {
      let products = zip(noise, noise.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(products / count) < 4 / count.squareRoot(), "lag \(lag)")
    }
    let again = check.evaluate(training: false) {
      $0.probe($0.tape.gaussianNoise($0[x], deviation: 2))
    }
    #expect(again.probed == plain.probed)
  }
}
