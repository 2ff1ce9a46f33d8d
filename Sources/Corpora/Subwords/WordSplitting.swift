/// How a text is cut into words before subwords are formed: no subword crosses such a cut.
package enum WordSplitting: Sendable, Equatable {
  /// Words keep the space before them and are spelt in bytes, so that every text can be encoded and
  /// comes back exactly; what GPT-2 does and Hugging Face calls `ByteLevel`.
  ///
  /// - `addsPrefixSpace`: a text that does not begin with a space gets one, so that its first word is
  ///   spelt like the same word in the middle.
  case byteLevel(addsPrefixSpace: Bool)
  /// Words are what stands between white space, spelt in characters: Hugging Face's
  /// `WhitespaceSplit`.
  case whitespace

  /// Calls `word` with the range of every word in `text`, which must be well-formed UTF-8.
  ///
  /// Cost: linear; a table of comparisons for ASCII, Unicode properties for other characters.
  func scan(_ text: UnsafeBufferPointer<UInt8>, word: (Range<Int>) throws -> Void) rethrows {
    switch self {
    case .byteLevel: try Self.scanByteLevel(text, word)
    case .whitespace: try Self.scanWhitespace(text, word)
    }
  }

  private static func scanWhitespace(
    _ text: UnsafeBufferPointer<UInt8>, _ word: (Range<Int>) throws -> Void
  ) rethrows {
    var (position, start) = (0, 0)
    while position < text.count {
      let (kind, length) = CharacterKind.at(position, in: text)
      if kind == .space {
        if start < position { try word(start..<position) }
        start = position + length
      }
      position += length
    }
    if start < position { try word(start..<position) }
  }

  /// Matches, again and again, the first of
  /// `'s` `'t` `'re` `'ve` `'m` `'ll` `'d` ` ?\p{L}+` ` ?\p{N}+` ` ?[^\s\p{L}\p{N}]+` `\s+(?!\S)` `\s+`.
  private static func scanByteLevel(
    _ text: UnsafeBufferPointer<UInt8>, _ word: (Range<Int>) throws -> Void
  ) rethrows {
    var position = 0
    while position < text.count {
      let start = position
      if let length = contraction(at: position, in: text) {
        position += length
        try word(start..<position)
        continue
      }
      var (kind, length) = CharacterKind.at(position, in: text)
      if text[position] == 0x20, position + 1 < text.count {
        // One space belongs to what follows it, unless that is white space.
        let next = CharacterKind.at(position + 1, in: text)
        if next.kind != .space { (kind, length) = (next.kind, 1 + next.length) }
      }
      position += length
      var last = start
      while position < text.count {
        let next = CharacterKind.at(position, in: text)
        guard next.kind == kind else { break }
        last = position
        position += next.length
      }
      // White space leaves its last character to the word that follows; a single one stands alone.
      if kind == .space, position < text.count, last > start { position = last }
      try word(start..<position)
    }
  }

  /// The length of an English contraction's ending at `position`, or nil.
  private static func contraction(at position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard text[position] == UInt8(ascii: "'"), position + 1 < text.count else { return nil }
    let first = text[position + 1]
    switch Unicode.Scalar(first) {
    case "s", "t", "m", "d": return 2
    case "r", "v", "l":
      let second = first == UInt8(ascii: "l") ? UInt8(ascii: "l") : UInt8(ascii: "e")
      return position + 2 < text.count && text[position + 2] == second ? 3 : nil
    default: return nil
    }
  }
}

/// What the splitting expression tells apart.
private enum CharacterKind {
  case letter, number, space, other

  /// The kind of the character that begins at `position`, and its length in bytes.
  static func at(
    _ position: Int, in text: UnsafeBufferPointer<UInt8>
  ) -> (kind: CharacterKind, length: Int) {
    let byte = text[position]
    if byte < 0x80 { return (ascii(byte), 1) }
    guard let start = text.baseAddress else { return (.other, 1) }
    let (code, length) = decodeScalar(start + position)
    guard let scalar = Unicode.Scalar(code) else { return (.other, length) }
    if scalar.properties.isWhitespace { return (.space, length) }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return (.letter, length)
    case .decimalNumber, .letterNumber, .otherNumber: return (.number, length)
    default: return (.other, length)
    }
  }

  private static func ascii(_ byte: UInt8) -> CharacterKind {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A: .letter
    case 0x30...0x39: .number
    case 0x09...0x0D, 0x20: .space
    default: .other
    }
  }
}
