import Compute

/// Sizes in bytes as people type them.
package enum ByteSize {
  /// Reads `4096`, `20MB`, `1.5GB`, `64 KiB`: kB, MB, GB, TB are powers of 1000, KiB, MiB, GiB, TiB
  /// powers of 1024, a bare k, M, G or T means the power of 1000; case does not matter.
  ///
  /// A fraction of a byte is dropped. Throws a usage `UserError` for anything else, for less than
  /// one byte and for more than an `Int` holds.
  package static func parse(_ text: String) throws -> Int {
    let trimmed = text.filter { $0 != " " }
    let digits = trimmed.prefix { ("0"..."9").contains($0) || $0 == "." }
    let unit = trimmed.dropFirst(digits.count).lowercased()
    guard let scale = scales[unit], let number = Double(digits), number.isFinite else {
      throw UserError.usage(
        "'\(text)' is not a size", hint: "write a number and a unit, such as 4096, 20MB or 1.5GB")
    }
    // A bare integer is read as one, so that no digit is lost to Double.
    let bytes = Int(digits).map { $0.multipliedReportingOverflow(by: scale) }
    if let bytes, !bytes.overflow, bytes.partialValue > 0 { return bytes.partialValue }
    let product = number * Double(scale)
    guard bytes == nil, product >= 1, product < 0x1p63 else {
      throw UserError.usage(
        "'\(text)' is no usable size: expected at least 1 byte and less than 8 EiB",
        hint: "write a number and a unit, such as 4096, 20MB or 1.5GB")
    }
    return Int(product)
  }

  private static let scales: [String: Int] = [
    "": 1, "b": 1,
    "k": 1_000, "kb": 1_000, "m": 1_000_000, "mb": 1_000_000,
    "g": 1_000_000_000, "gb": 1_000_000_000, "t": 1_000_000_000_000, "tb": 1_000_000_000_000,
    "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
  ]
}
