import CKernels
import Compute
import Testing

@Suite struct InstructionSetTests {
  @Test func absentOrEmptyVariableMeansTheBest() throws {
    #expect(try InstructionSet.resolve(environment: [:]) == InstructionSet.available.last)
    #expect(
      try InstructionSet.resolve(environment: ["UNROLL_ISA": ""]) == InstructionSet.available.last)
  }

  @Test func namedSetIsTaken() throws {
    for set in InstructionSet.available {
      #expect(try InstructionSet.resolve(environment: ["UNROLL_ISA": set.rawValue]) == set)
    }
  }

  @Test func unknownNameIsToldWithTheAllowedOnes() {
    let error = #expect(throws: UserError.self) {
      try InstructionSet.resolve(environment: ["UNROLL_ISA": "sse9"])
    }
    #expect(
      error?.message == "UNROLL_ISA is 'sse9', but it must be one of portable, avx2, avx512")
    #expect(error?.kind == .usage)
  }

  @Test func tableBelongsToItsSet() {
    #expect(InstructionSet.table(for: .portable) == nil)
    for set in InstructionSet.available where set != .portable {
      let name = InstructionSet.table(for: set).map { String(cString: $0.pointee.name) }
      #expect(name == set.rawValue)
    }
    #expect(InstructionSet.available.contains(InstructionSet.active))
  }
}
