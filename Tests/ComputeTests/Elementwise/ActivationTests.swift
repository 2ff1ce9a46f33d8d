import CKernels
import Compute
import Foundation
import Testing

/// The activation kernels against Double, over the bit patterns of Float.
@Suite struct ActivationTests {
  /// The error allowed where the result is a normal number, in ulp. Measured over all patterns:
  /// exp 1.05, sigmoid 2.49, tanh 2.57.
  enum Function: String, CaseIterable, Sendable {
    case exp, sigmoid, tanh

    var bound: Double {
      switch self {
      case .exp: 1.1
      case .sigmoid: 2.5
      case .tanh: 2.6
      }
    }

    func exact(_ x: Double) -> Double {
      switch self {
      case .exp: Foundation.exp(x)
      case .sigmoid: 1 / (1 + Foundation.exp(-x))
      case .tanh: Foundation.tanh(x)
      }
    }

    func apply(_ table: KernelTable, _ x: [Float]) -> [Float] {
      let kernels = InstructionSet.table(for: table.set)!
      var y = [Float](repeating: -7, count: x.count)
      switch self {
      case .exp: kernels.pointee.exp(x.count, x, &y)
      case .sigmoid: kernels.pointee.sigmoid(x.count, x, &y)
      case .tanh: kernels.pointee.tanh(x.count, x, &y)
      }
      return y
    }
  }

  /// Every 4099th pattern; all 2³² with UNROLL_LONG_TESTS=1 (minutes).
  @Test(arguments: KernelTable.all, Function.allCases)
  func errorIsBoundedOverAllPatterns(table: KernelTable, function: Function) {
    let long = ProcessInfo.processInfo.environment["UNROLL_LONG_TESTS"] == "1"
    let step: UInt64 = long ? 1 : 4099
    var worst = 0.0
    var worstAt: Float = 0
    var broken: [Float] = []
    var pattern: UInt64 = 0
    while pattern < 1 << 32 {
      var x: [Float] = []
      while pattern < 1 << 32, x.count < 8192 {
        x.append(Float(bitPattern: UInt32(pattern)))
        pattern += step
      }
      let y = function.apply(table, x)
      for (x, y) in zip(x, y) {
        let exact = function.exact(Double(x))
        if x.isNaN || y.isNaN || Float(exact).isInfinite || y.isInfinite {
          // NaN stays NaN and nothing else becomes it; infinity where it belongs.
          if !(x.isNaN && y.isNaN || y == Float(exact)) { broken.append(x) }
        } else if abs(exact) < Double(Float.leastNormalMagnitude) {
          // Denormal: at most flushed to zero or one step off.
          if abs(Double(y) - exact) > Double(Float.leastNormalMagnitude) { broken.append(x) }
        } else if ulps(y, exact) > worst {
          (worst, worstAt) = (ulps(y, exact), x)
        }
      }
    }
    #expect(broken.isEmpty, "\(broken.prefix(5))")
    #expect(worst <= function.bound, "\(worst) ulp at \(worstAt)")
  }

  @Test(arguments: KernelTable.all)
  func tanhIsOddAndSaturates(table: KernelTable) {
    let x = (0..<200_000).map { Float(bitPattern: UInt32($0) * 10_631) }  // up to 2.7e31
    let positive = Function.tanh.apply(table, x)
    let negative = Function.tanh.apply(table, x.map { -$0 })
    for i in x.indices {
      #expect(negative[i].bitPattern == (-positive[i]).bitPattern, "tanh \(x[i])")
      #expect(positive[i] <= 1 && (x[i] < 9.02 || positive[i] == 1), "tanh \(x[i])")
    }
  }

  @Test(arguments: KernelTable.all)
  func specialValues(table: KernelTable) {
    let x: [Float] = [0, -0.0, .infinity, -.infinity, 88.72, 88.73, -87.33, -104, 3e38, -3e38]
    let exp = Function.exp.apply(table, x)
    #expect(exp[0...3] == [1, 1, .infinity, 0])
    #expect(exp[4].isFinite && exp[5] == .infinity && exp[6] > 0 && exp[7] == 0)
    #expect(exp[8...] == [.infinity, 0])
    let sigmoid = Function.sigmoid.apply(table, x)
    #expect(sigmoid[0...3] == [0.5, 0.5, 1, 0])
    #expect(sigmoid[8...] == [1, 0])
    let tanh = Function.tanh.apply(table, x)
    #expect(tanh[0...3] == [0, 0, 1, -1])
    #expect(tanh[0].sign == .plus && tanh[1].sign == .minus)
    #expect(tanh[8...] == [1, -1])
  }

  /// An element's bits depend neither on the count nor on its place; nothing beyond is written.
  @Test(arguments: KernelTable.all, Function.allCases)
  func remaindersEqualWholeVectors(table: KernelTable, function: Function) {
    let x = testNumbers(70, seed: 21).map { 4 * $0 }
    let whole = function.apply(table, x)
    for count in 0...50 {
      for start in 0..<3 {
        let part = function.apply(table, Array(x[start..<start + count]))
        #expect(part == Array(whole[start..<start + count]))
      }
    }
    var y = [Float](repeating: -7, count: 40)
    InstructionSet.table(for: table.set)!.pointee.tanh(19, x, &y)
    #expect(y[19...].allSatisfy { $0 == -7 })
  }

  /// The entry points, in both number types and in place.
  @Test func entryPointsMatchDouble() {
    let x = testNumbers(37, seed: 22).map { 5 * $0 }
    var float = x
    Activations.tanh(float, into: &float, count: float.count)
    var double = x.map { Double($0) }
    Activations.sigmoid(double, into: &double, count: double.count)
    var exponentials = x
    Activations.exp(x, into: &exponentials, count: x.count)
    for i in x.indices {
      #expect(ulps(float[i], Foundation.tanh(Double(x[i]))) <= 2.6)
      #expect(abs(double[i] - 1 / (1 + Foundation.exp(-Double(x[i])))) < 1e-15)
      #expect(ulps(exponentials[i], Foundation.exp(Double(x[i]))) <= 1.1)
    }
  }
}
