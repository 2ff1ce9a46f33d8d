/// Finds the words and the line feeds of a text, eight bytes at a time.
enum WordScanner {
  /// Bytes that must be readable after a text, spaces at the text's end: see `scan`.
  static let padding = 16

  /// Calls `word(start, length, prefix)` for every word and `lineFeed()` for every line feed, in
  /// order; `prefix` is the word's first eight bytes, little-endian, zeros beyond its end.
  ///
  /// `count` bytes from `start` are read, and at most `padding` more. The text must end in white
  /// space or be followed by a space, so that the last word ends.
  @inline(__always)
  static func scan(
    _ start: UnsafePointer<UInt8>, count: Int,
    word: (UnsafePointer<UInt8>, Int, UInt64) throws -> Void,
    lineFeed: () throws -> Void
  ) rethrows {
    var cursor = start
    let end = start + count
    while cursor < end {
      let byte = cursor[0]
      if isWhiteSpace(byte) {
        if byte == 0x0A { try lineFeed() }
        cursor += 1
        continue
      }
      let chunk = load(cursor)
      let found = atMostSpace(chunk)
      var length = found.trailingZeroBitCount >> 3
      if found == 0 || !isWhiteSpace(cursor[length]) {
        length = longLength(cursor, from: length)
      }
      let prefix = length < 8 ? chunk & ((1 &<< UInt64(8 &* length)) &- 1) : chunk
      try word(cursor, length, prefix)
      cursor += length
    }
  }

  /// Space, tab, line feed, vertical tab, form feed, carriage return.
  @inline(__always)
  static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 }

  /// The length of a word whose first `known` bytes are no white space.
  @inline(never)
  private static func longLength(_ word: UnsafePointer<UInt8>, from known: Int) -> Int {
    var length = known
    while true {
      let found = atMostSpace(load(word + length))
      length += found == 0 ? 8 : found.trailingZeroBitCount >> 3
      if found != 0 {
        if isWhiteSpace(word[length]) { return length }
        length += 1  // Another control character: part of the word.
      }
    }
  }

  /// The high bit of the first byte that is at most 0x20 (bits above it may be false alarms).
  @inline(__always)
  private static func atMostSpace(_ chunk: UInt64) -> UInt64 {
    (chunk &- 0x2121_2121_2121_2121) & ~chunk & 0x8080_8080_8080_8080
  }

  /// The first eight bytes of a word, little-endian, zeros beyond its end.
  @inline(__always)
  static func prefix(_ word: UnsafePointer<UInt8>, _ length: Int) -> UInt64 {
    if length >= 8 { return load(word) }
    var prefix: UInt64 = 0
    for index in 0..<length { prefix |= UInt64(word[index]) &<< UInt64(8 &* index) }
    return prefix
  }

  @inline(__always)
  private static func load(_ pointer: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(pointer).loadUnaligned(as: UInt64.self))
  }
}
