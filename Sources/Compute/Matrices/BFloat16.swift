/// bfloat16, the upper half of a `Float`, where numbers are kept or sent in it. Spelled out in integers: the
/// instruction that processors have for it takes denormal numbers for zero, and the same bits are wanted of all.
package enum BFloat16 {
  /// The bits of the nearest number, ties to even; what is larger than the greatest becomes infinite, and
  /// NaN stays NaN.
  @inline(__always)
  package static func narrow(_ x: Float) -> UInt16 {
    let bits = x.bitPattern
    // Written without a branch, so that loops of it are vectors.
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
    return UInt16(truncatingIfNeeded: isNaN ? bits >> 16 | 0x40 : rounded)
  }

  /// The number of these bits, exactly.
  @inline(__always)
  package static func widen(_ half: UInt16) -> Float { Float(bitPattern: UInt32(half) << 16) }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func narrow<S: MatrixElement>(
    _ x: UnsafePointer<S>, to y: UnsafeMutablePointer<UInt16>, count: Int
  ) {
    for index in 0..<count { y[index] = narrow(Float(x[index])) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func widen<S: MatrixElement>(
    _ x: UnsafePointer<UInt16>, to y: UnsafeMutablePointer<S>, count: Int
  ) {
    for index in 0..<count { y[index] = S(widen(x[index])) }
  }

  /// Rounds numbers where they lie.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func round<S: MatrixElement>(_ x: UnsafeMutablePointer<S>, count: Int) {
    for index in 0..<count { x[index] = S(widen(narrow(Float(x[index])))) }
  }
}
