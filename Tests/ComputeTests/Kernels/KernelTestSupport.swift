import Compute
import Testing

/// A table of kernels, reached whichever set is active.
struct KernelTable: CustomTestStringConvertible, Sendable {
  let set: InstructionSet
  var testDescription: String { self.set.rawValue }

  static let all = InstructionSet.available.filter { $0 != .portable }.map(KernelTable.init)
}

/// |computed - exact| in units of the last place of a Float of that size.
func ulps(_ computed: Float, _ exact: Double) -> Double {
  let ulp = max(Float(abs(exact)), Float.leastNormalMagnitude).ulp
  return abs(Double(computed) - exact) / Double(ulp)
}
