/// A printable character for every byte, so that vocabularies of bytes can be written as text.
///
/// 0x21–0x7E, 0xA1–0xAC and 0xAE–0xFF stand for themselves as code points; the other 68 bytes, in
/// ascending order, are U+0100, U+0101, … (a space is U+0120, Ġ).
///
/// Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019).
enum ByteAlphabet {
  /// The character of each byte.
  static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt32(0)..<256).map { byte in
      if 0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || 0xAE...0xFF ~= byte {
        return Unicode.Scalar(byte) ?? " "
      }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? " "
    }
  }()

  /// The byte of each code point below U+0144, or nil.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, character) in characters.enumerated() {
      bytes[Int(character.value)] = UInt8(byte)
    }
    return bytes
  }()

  /// The bytes that `text` spells; nil if it holds any other character.
  static func bytes(of text: String) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard scalar.value < bytes.count, let byte = bytes[Int(scalar.value)] else { return nil }
      result.append(byte)
    }
    return result
  }
}
