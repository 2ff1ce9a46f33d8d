/// Unicode scalars to token ids: a plain array up to the largest scalar of the vocabulary.
///
/// 4 bytes a scalar: 512 bytes for ASCII, 160 KB for Chinese, at most 4.4 MB.
struct CharacterTable: Sendable {
  /// The id of each scalar, -1 for those outside. At least 128 long, so that ASCII needs no check.
  let ids: [Int32]

  init(_ scalars: [(scalar: UInt32, id: Int32)]) {
    let largest = scalars.map { Int($0.scalar) }.max() ?? 0
    var ids = [Int32](repeating: -1, count: max(128, largest + 1))
    for (scalar, id) in scalars { ids[Int(scalar)] = id }
    self.ids = ids
  }

  /// The id of `scalar`, or -1.
  @inline(__always)
  func id(_ scalar: UInt32) -> Int32 { Int(scalar) < ids.count ? ids[Int(scalar)] : -1 }
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
