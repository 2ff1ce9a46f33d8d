import Compute
import Foundation
import Testing

@Suite struct SigmoidCrossEntropyTests {
  /// Float against the definition in Double, over several blocks of 64 and beyond both ends of exp.
  @Test(arguments: [1, 63, 64, 65, 200])
  func floatAgainstDouble(count: Int) {
    var logits = (0..<count).map { Float(30 * sin(Double($0) * 1.7)) }
    if count > 10 { logits[3...6] = [100, -100, 0, 200] }
    let targets = (0..<count).map { Float($0 % 3 == 0 ? 1 : 0) }
    var gradients = logits
    let loss = Rows.sigmoidCrossEntropy(
      logits: &gradients, targets: targets, count: count, scale: Float(0.5))
    var expected = 0.0
    for (x, t) in zip(logits.map { Double($0) }, targets.map { Double($0) }) {
      expected += max(x, 0) - x * t + log1p(exp(-abs(x)))
    }
    #expect(abs(Double(loss) - expected) <= 1e-6 * max(1, expected))
    for i in 0..<count {
      let sigmoid = 1 / (1 + exp(-Double(logits[i])))
      let gradient = 0.5 * (sigmoid - Double(targets[i]))
      #expect(abs(Double(gradients[i]) - gradient) <= 1e-7)
    }
  }

  @Test func leavesLogitsWithoutScaleAndKeepsNaN() {
    var logits: [Float] = [1, -2, 3]
    _ = Rows.sigmoidCrossEntropy(logits: &logits, targets: [1, 0, 0], count: 3, scale: Float(0))
    #expect(logits == [1, -2, 3])
    logits[1] = .nan
    let loss = Rows.sigmoidCrossEntropy(
      logits: &logits, targets: [1, 0, 0], count: 3, scale: Float(0))
    #expect(loss.isNaN)
  }

  @Test func rowProducts() {
    for count in [0, 1, 7, 8, 9, 40] {
      let x = (0..<count).map { Float(cos(Double($0))) }
      var y = (0..<count).map { Float(sin(Double($0) * 3)) }
      let expected = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(Double(Rows.dotProduct(x, y, count: count)) - expected) < 2e-6)
      let sums = zip(x, y).map { $1 + 0.5 * $0 }
      Rows.addRow(x, scaledBy: Float(0.5), to: &y, count: count)
      #expect(y == sums)
    }
  }
}
