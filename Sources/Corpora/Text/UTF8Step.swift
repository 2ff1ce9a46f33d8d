/// One step of strict UTF-8 decoding.
///
/// Source: The Unicode Standard, table 3-7 (well-formed byte sequences): no overlong forms, no
/// surrogates, nothing above U+10FFFF.
enum UTF8Step {
  case scalar(UInt32, length: Int)
  /// The bytes so far are the start of a scalar that needs more.
  case truncated
  /// `length` bytes that no well-formed text holds here; the next step begins after them.
  case invalid(length: Int)

  /// Looks at the first of `available` > 0 bytes.
  init(_ bytes: UnsafePointer<UInt8>, available: Int) {
    let lead = bytes[0]
    var second: ClosedRange<UInt8> = 0x80...0xBF
    let length: Int
    var scalar: UInt32
    switch lead {
    case 0..<0x80:
      self = .scalar(UInt32(lead), length: 1)
      return
    case 0xC2...0xDF:
      (length, scalar) = (2, UInt32(lead & 0x1F))
    case 0xE0...0xEF:
      (length, scalar) = (3, UInt32(lead & 0x0F))
      if lead == 0xE0 { second = 0xA0...0xBF }
      if lead == 0xED { second = 0x80...0x9F }
    case 0xF0...0xF4:
      (length, scalar) = (4, UInt32(lead & 0x07))
      if lead == 0xF0 { second = 0x90...0xBF }
      if lead == 0xF4 { second = 0x80...0x8F }
    default:
      self = .invalid(length: 1)
      return
    }
    for index in 1..<length {
      guard index < available else {
        self = .truncated
        return
      }
      let byte = bytes[index]
      guard (index == 1 ? second : 0x80...0xBF).contains(byte) else {
        self = .invalid(length: index)
        return
      }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
    }
    self = .scalar(scalar, length: length)
  }
}

/// Decodes one scalar of text that is known to be well-formed UTF-8.
@inline(__always)
func decodeScalar(_ bytes: UnsafePointer<UInt8>) -> (scalar: UInt32, length: Int) {
  let lead = UInt32(bytes[0])
  if lead < 0x80 { return (lead, 1) }
  let second = UInt32(bytes[1] & 0x3F)
  if lead < 0xE0 { return ((lead & 0x1F) << 6 | second, 2) }
  let third = UInt32(bytes[2] & 0x3F)
  if lead < 0xF0 { return ((lead & 0x0F) << 12 | second << 6 | third, 3) }
  return ((lead & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[3] & 0x3F), 4)
}
