import CKernels
import Compute
import Foundation
import Testing

@Suite struct SoftmaxTests {
  static let counts = [1, 2, 7, 8, 9, 15, 16, 17, 31, 65, 1000, 10_007]

  /// Loss, and the gradient where `scale` is not 0.
  private func exact(
    _ logits: [Float], target: Int, scale: Double
  ) -> (loss: Double, gradient: [Double]) {
    let shift = Double(logits.max()!)
    let powers = logits.map { exp(Double($0) - shift) }
    let sum = powers.reduce(0, +)
    let gradient = powers.enumerated().map { i, power in
      scale * (power / sum - (i == target ? 1 : 0))
    }
    return (log(sum) - (Double(logits[target]) - shift), gradient)
  }

  @Test(arguments: KernelTable.all, counts)
  func kernelMatchesDouble(table: KernelTable, count: Int) {
    let kernels = InstructionSet.table(for: table.set)!
    // The last offset puts all logits far below zero: nothing beyond the row may count as 0.
    for (target, size, offset) in [
      (0, Float(1), Float(0)), (count - 1, 30, 0), (count / 2, 2000, 0), (count / 3, 4, -512),
    ] {
      var logits = testNumbers(count + 3, seed: 31).map { size * $0 + offset }
      let before = logits
      let scale: Float = 0.375
      let expected = exact(Array(before[..<count]), target: target, scale: Double(scale))

      let lossAlone = kernels.pointee.softmax_cross_entropy(count, &logits, target, 0)
      #expect(logits == before, "scale 0 leaves the logits")
      let loss = kernels.pointee.softmax_cross_entropy(count, &logits, target, scale)
      #expect(loss == lossAlone)
      #expect(logits[count...] == before[count...], "wrote beyond the row")
      // The sum runs in 8 or 16 lanes; the shifted logits round by half an ulp of their size.
      let relative = (Double(count) / 8 + 8) * 0x1p-24 + Double(size) * 0x1p-23
      #expect(abs(Double(loss) - expected.loss) <= relative * max(1, expected.loss))
      for i in 0..<count {
        #expect(
          abs(Double(logits[i]) - expected.gradient[i])
            <= Double(scale)
            * (relative * 2 * (i == target ? 1 : 0)
              + relative * 2 * abs(expected.gradient[i] / Double(scale))) + 1e-37,
          "count \(count), size \(size), logit \(i)")
      }
    }
  }

  @Test func portableFormMatchesDouble() {
    for count in Self.counts where count < 2000 {
      let logits = testNumbers(count, seed: 32).map { 10 * $0 }
      let expected = exact(logits, target: count / 3, scale: 0.5)
      var double = logits.map { Double($0) }
      let loss = Rows.softmaxCrossEntropy(
        logits: &double, count: count, target: count / 3, scale: 0.5)
      #expect(abs(loss - expected.loss) < 1e-12)
      for i in 0..<count { #expect(abs(double[i] - expected.gradient[i]) < 1e-13) }
    }
  }

  @Test(arguments: KernelTable.all)
  func nanShows(table: KernelTable) {
    var logits = testNumbers(40, seed: 33)
    logits[21] = .nan
    let kernels = InstructionSet.table(for: table.set)!
    #expect(kernels.pointee.softmax_cross_entropy(40, &logits, 3, 1).isNaN)
  }
}
