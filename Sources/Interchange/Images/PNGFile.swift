import Compute

/// A picture of pixels in red, green and blue.
package struct Picture: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// Three bytes a pixel, row after row.
  package let pixels: [UInt8]

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == 3 * width * height, "three bytes a pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Squares of `side` pixels in rows and columns, each of one colour.
  package init(
    rows: Int, columns: Int, side: Int, colour: (Int, Int) -> (UInt8, UInt8, UInt8)
  ) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * rows * columns * side * side)
    for row in 0..<rows {
      let line = (0..<columns).flatMap { column -> [UInt8] in
        let (red, green, blue) = colour(row, column)
        return (0..<side).flatMap { _ in [red, green, blue] }
      }
      for _ in 0..<side { pixels += line }
    }
    self.init(width: columns * side, height: rows * side, pixels: pixels)
  }

  /// As a PNG file. It is not packed: the pictures are small, and nobody needs a packer for them.
  ///
  /// Source: ISO/IEC 15948; RFC 1950 and 1951 for what is stored as it is.
  package var png: [UInt8] {
    var header = Self.bigEndian(UInt32(width)) + Self.bigEndian(UInt32(height))
    // 8 bits a channel, red, green and blue, and the only methods there are.
    header += [8, 2, 0, 0, 0]
    var lines: [UInt8] = []
    for row in 0..<height {
      // No filter.
      lines.append(0)
      lines += pixels[3 * width * row..<3 * width * (row + 1)]
    }
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    file += Self.chunk("IHDR", header)
    file += Self.chunk("IDAT", Self.stored(lines))
    file += Self.chunk("IEND", [])
    return file
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + content
    return bigEndian(UInt32(content.count)) + named + bigEndian(CRC32.zip.checksum(of: named))
  }

  /// A zlib stream of blocks that are stored as they are.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let longest = 0xFFFF
    var result: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: bytes.count, by: longest) {
      let block = bytes[start..<min(start + longest, bytes.count)]
      let count = UInt16(block.count)
      result.append(block.endIndex == bytes.count ? 1 : 0)
      for value in [count, ~count] { result += [UInt8(value & 0xFF), UInt8(value >> 8)] }
      result += block
    }
    return result + bigEndian(adler(bytes))
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return b << 16 | a
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
