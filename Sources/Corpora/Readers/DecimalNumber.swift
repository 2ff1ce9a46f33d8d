/// Numbers as they are written in data files.
package enum DecimalNumber {
  /// The number that `text` spells, or nil if it spells none or one that is not finite as `Float`.
  ///
  /// Blanks around it do not count. Up to 15 digits without an exponent take a short way.
  package static func parse(_ text: some RandomAccessCollection<UInt8>) -> Float? {
    var digits = text[...]
    while let last = digits.last, WordScanner.isWhiteSpace(last) { digits = digits.dropLast() }
    digits = digits.drop(while: WordScanner.isWhiteSpace)
    guard !digits.isEmpty else { return nil }
    let value = short(digits) ?? Double(String(decoding: digits, as: UTF8.self))
    guard let value, Float(value).isFinite else { return nil }
    return Float(value)
  }

  /// The whole number that `text` spells.
  static func integer(_ text: some Collection<UInt8>) -> Int? {
    Int(String(decoding: text, as: UTF8.self))
  }

  private static let powers: [Double] = (0...22).map { exponent in
    (0..<exponent).reduce(1) { value, _ in value * 10 }
  }

  /// The value of `[-]digits[.digits]` with at most 15 digits, correctly rounded; nil for
  /// anything else.
  ///
  /// Such digits and powers of ten up to 22 are exact in a `Double`, so one division rounds once
  /// (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
  private static func short(_ text: some RandomAccessCollection<UInt8>) -> Double? {
    let isNegative = text.first == UInt8(ascii: "-")
    var value: UInt64 = 0
    var (digits, fraction, hasPoint) = (0, 0, false)
    for byte in text.dropFirst(isNegative ? 1 : 0) {
      if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
        continue
      }
      guard byte &- 0x30 < 10 else { return nil }
      value = value &* 10 &+ UInt64(byte &- 0x30)
      digits += 1
      if hasPoint { fraction += 1 }
      guard digits <= 15 else { return nil }
    }
    guard digits > 0 else { return nil }
    let magnitude = Double(value) / powers[fraction]
    return isNegative ? -magnitude : magnitude
  }
}
