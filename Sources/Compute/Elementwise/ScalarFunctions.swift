#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Elementary functions of one number, for portable loops and references.
///
/// All go through `Double`: exact to the last bit or so in `Float`, and one implementation for
/// both types. Not for the hot path where kernels are present.
public enum Scalar {
  @inlinable @inline(__always)
  public static func exp<S: MatrixElement>(_ x: S) -> S { S(exponential(Double(x))) }

  @inlinable @inline(__always)
  public static func log<S: MatrixElement>(_ x: S) -> S { S(logarithm(Double(x))) }

  @inlinable @inline(__always)
  public static func tanh<S: MatrixElement>(_ x: S) -> S { S(hyperbolicTangent(Double(x))) }

  /// 1 / (1 + e^-x), without overflow and without cancellation.
  @inlinable @inline(__always)
  public static func sigmoid<S: MatrixElement>(_ x: S) -> S {
    S(1 / (1 + exponential(-Double(x))))
  }

  /// `ln(e^a + e^b)`; of what is impossible, -infinity, nothing is added.
  @inlinable @inline(__always)
  public static func logSum(_ a: Double, _ b: Double) -> Double {
    let (high, low) = a > b ? (a, b) : (b, a)
    let difference = low - high
    // Below half of the last bit of 1; no number where both are -infinity.
    guard difference > -37 else { return high }
    return high + log(1 + exp(difference))
  }

  @usableFromInline static func exponential(_ x: Double) -> Double { _exp(x) }
  @usableFromInline static func logarithm(_ x: Double) -> Double { _log(x) }
  @usableFromInline static func hyperbolicTangent(_ x: Double) -> Double { _tanh(x) }
}

// Outside `Scalar` the names of the C library are not hidden.
private func _exp(_ x: Double) -> Double { exp(x) }
private func _log(_ x: Double) -> Double { log(x) }
private func _tanh(_ x: Double) -> Double { tanh(x) }
