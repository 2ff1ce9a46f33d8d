import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The instructions that the kernels of this process use.
///
/// Results are equal bit for bit within one instruction set, and only close across two: they hold
/// different numbers of lanes, and the portable code on x86 rounds a product before it is added.
@usableFromInline
package enum InstructionSet: String, Sendable, CaseIterable {
  /// Plain Swift, on every processor. The oracle that the others are tested against.
  case portable
  /// AVX2 and FMA: x86 processors since 2013.
  case avx2
  /// AVX-512 (F, BW, VL, DQ); with AVX512-BF16 where the processor has it.
  case avx512

  /// The environment variable that forces a choice.
  package static let environmentVariable = "UNROLL_ISA"

  /// The instruction set of this process, chosen at first use: what `UNROLL_ISA` names, else the
  /// best available. A command that wants a wrong `UNROLL_ISA` reported calls `resolve` first.
  package static let active: InstructionSet = {
    let forced = getenv(environmentVariable).map { [environmentVariable: String(cString: $0)] }
    return (try? resolve(environment: forced ?? [:])) ?? available.last ?? .portable
  }()

  /// The kernels of the active set; nil is the portable code.
  ///
  /// `nonisolated(unsafe)`: nobody writes the pointer or what it points to; see `table`.
  @usableFromInline
  nonisolated(unsafe) package static let kernels: UnsafePointer<unroll_kernels>? = table(
    for: active)

  /// What this processor and operating system can run, slowest first. Never empty.
  package static var available: [InstructionSet] {
    allCases.filter { $0 == .portable || table(for: $0) != nil }
  }

  /// Whether the active kernels multiply bfloat16 operands.
  package static var supportsBF16: Bool { kernels?.pointee.panel_bf16 != nil }

  /// The kernels of one set, or nil if this machine cannot run it. The portable set has no table.
  ///
  /// A table lives as long as the process and never changes.
  package static func table(for set: InstructionSet) -> UnsafePointer<unroll_kernels>? {
    switch set {
    case .portable: nil
    case .avx2: unroll_kernels_avx2()
    case .avx512: unroll_kernels_avx512()
    }
  }

  /// What `UNROLL_ISA` in `environment` asks for, or the best available set if it is absent.
  ///
  /// - Throws: `UserError` for a name that does not exist or a set this machine lacks.
  package static func resolve(environment: [String: String]) throws -> InstructionSet {
    guard let name = environment[environmentVariable], !name.isEmpty else {
      return available.last ?? .portable
    }
    func list(_ sets: [InstructionSet]) -> String {
      sets.map(\.rawValue).joined(separator: ", ")
    }
    guard let set = InstructionSet(rawValue: name) else {
      throw UserError.usage(
        "\(environmentVariable) is '\(name)', but it must be one of \(list(allCases))",
        hint: "unset \(environmentVariable) to use the best set of this machine")
    }
    guard available.contains(set) else {
      throw UserError(
        "\(environmentVariable) asks for \(name), but this machine has only \(list(available))",
        hint: "unset \(environmentVariable) to use the best set of this machine")
    }
    return set
  }
}
