import CKernels
import Compute
import Testing

/// The ways to compute a product on this machine: every available instruction set and precision.
struct ProductForm: CustomTestStringConvertible, Sendable {
  let set: InstructionSet
  let precision: Precision

  var testDescription: String { "\(set) \(precision)" }

  static let all: [ProductForm] = InstructionSet.available.flatMap { set in
    Precision.allCases.compactMap { precision in
      let hasBF16 = InstructionSet.table(for: set)?.pointee.panel_bf16 != nil
      return precision == .f32 || hasBF16 ? ProductForm(set: set, precision: precision) : nil
    }
  }

  /// What an operand is before it is multiplied.
  func rounded(_ x: Float) -> Double {
    guard precision == .bf16 else { return Double(x) }
    let bits = x.bitPattern
    return Double(Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000))
  }
}

/// Numbers in [-1, 1) that look random and are equal on every machine.
func testNumbers(_ count: Int, seed: UInt64) -> [Float] {
  let stream = RandomStream(seed: seed, purpose: .generator)
  return (0..<count).map { 2 * stream.uniform(row: 0, index: $0) - 1 }
}

/// A value and the sum of the magnitudes of its terms, from which the tolerance is derived.
struct Sum {
  var value = 0.0
  var magnitude = 0.0

  mutating func add(_ term: Double) {
    value += term
    magnitude += abs(term)
  }

  /// Whether `computed` is a sum of `count` terms in Float: every addition and product rounds by
  /// at most half an ulp of a partial sum, which is no larger than the sum of magnitudes.
  func admits(_ computed: Float, terms count: Int) -> Bool {
    abs(Double(computed) - value) <= Double(count + 1) * 0x1p-23 * magnitude
  }
}
