/// Half precision as files hold it. Spelled out because `Float16` is missing on x86 macOS.
package enum HalfFloat {
  /// The largest number.
  package static let greatest: Float = 65504

  /// The number of these bits, exactly.
  package static func widen(_ half: UInt16) -> Float {
    let sign = UInt32(half >> 15) << 31
    let exponent = UInt32(half >> 10) & 0x1F
    let fraction = UInt32(half) & 0x3FF
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// The bits of the nearest number, ties to even; what is larger than `greatest` becomes it, and NaN
  /// stays NaN.
  package static func narrow(_ x: Float) -> UInt16 {
    if x.isNaN { return 0x7E00 }
    let sign = UInt16(truncatingIfNeeded: x.bitPattern >> 16) & 0x8000
    let magnitude = min(x.magnitude, greatest)
    if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
    let bits = magnitude.bitPattern
    let rounded = bits + 0xFFF + (bits >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded - 0x3800_0000) >> 13)
  }
}
