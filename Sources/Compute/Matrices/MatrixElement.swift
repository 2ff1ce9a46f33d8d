import CKernels

/// The number types Unroll computes in: `Float` for training, `Double` for proofs.
///
/// All of Unroll is generic over it, so a gradient check in `Double` runs the very lines that train
/// in `Float`. Where `native` is present, an operation hands whole blocks to a SIMD kernel; otherwise
/// it runs its portable Swift code, which is also the oracle that the kernels are tested against.
public protocol MatrixElement: BinaryFloatingPoint, SIMDScalar, Codable, Sendable,
  LosslessStringConvertible
where RawSignificand: Sendable {
  /// The SIMD kernels for this type on this machine, or nil where the portable code runs.
  static var native: UnsafePointer<unroll_kernels>? { get }
}

extension Float: MatrixElement {
  @inlinable
  public static var native: UnsafePointer<unroll_kernels>? { InstructionSet.kernels }
}

extension Double: MatrixElement {
  @inlinable
  public static var native: UnsafePointer<unroll_kernels>? { nil }
}

/// What the operands of matrix products are rounded to.
///
/// Accumulators, cell states, gradients, master weights and moments are `Float` in both.
public enum Precision: String, Sendable, CaseIterable, Codable {
  case f32
  /// bfloat16 operands (8 significant bits), `Float` accumulators. Needs AVX512-BF16.
  case bf16
}
