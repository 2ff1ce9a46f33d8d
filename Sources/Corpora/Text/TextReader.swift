import Compute
import Foundation

/// Reads a corpus file in blocks that never cut a token, in constant memory.
///
/// In character and word mode every block is checked to be UTF-8 text, and a byte order mark at the
/// start is left out; in byte mode all bytes come as they are. Compressed files are unpacked.
final class TextReader {
  /// A piece of the file. `bytes` stay valid until the next call of `next`.
  ///
  /// `WordScanner.padding` further bytes are readable; after the last block they are spaces.
  struct Block {
    let bytes: UnsafeBufferPointer<UInt8>
    /// Where the piece begins in the file, in bytes.
    let offset: Int
    /// Every byte is below 0x80.
    let isASCII: Bool

    var start: UnsafePointer<UInt8> { bytes.baseAddress.unsafelyUnwrapped }
  }

  // A block and the tokens made of it stay in the second-level cache.
  private static let blockSize = 1 << 18
  /// The longest word. Something longer is not made of words, and would have to be held in memory.
  static let longestWord = 1 << 20

  private let url: URL
  private let source: any ByteSource
  private let kind: TokenKind
  private var buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: blockSize + WordScanner.padding, alignment: 64)
  /// Where in `buffer` the bytes lie that were read but not handed out yet.
  private var carried = 0..<0
  private var offset = 0

  /// - Parameter source: the file's bytes, where they are not read as they are.
  /// - Throws: a `UserError` if the file cannot be opened or is empty.
  init(_ url: URL, kind: TokenKind, source: (any ByteSource)? = nil) throws {
    self.url = url
    self.source = try source ?? UnpackedFile.open(url)
    self.kind = kind
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let count = try self.source.fill(
      UnsafeMutableRawBufferPointer(rebasing: buffer[..<mark.count]))
    guard count > 0 else {
      throw UserError("'\(url.path)' is empty", hint: "name a file that holds text")
    }
    let isMarked = kind != .byte && buffer[..<count].elementsEqual(mark)
    carried = isMarked ? count..<count : 0..<count
  }

  deinit { buffer.deallocate() }

  /// The next block, or nil at the end of the file. Throws `UserError` for bytes that are no text.
  func next() throws -> Block? {
    offset += carried.lowerBound
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[carried]))
    var filled = carried.count
    while true {
      let capacity = buffer.count - WordScanner.padding
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<capacity])
      let count = try source.fill(room)
      filled += count
      if filled == 0 { return nil }
      let atEnd = count < room.count
      if atEnd {
        for index in 0..<WordScanner.padding { buffer[filled + index] = 0x20 }
      }
      let cut = atEnd ? filled : lastBoundary(before: filled)
      if cut == 0 {
        try grow(keeping: filled)
        continue
      }
      carried = cut..<filled
      return try checked(cut)
    }
  }

  private func checked(_ count: Int) throws -> Block {
    let bytes = UnsafeBufferPointer(
      rebasing: UnsafeRawBufferPointer(buffer).bindMemory(to: UInt8.self)[..<count])
    guard kind != .byte else { return Block(bytes: bytes, offset: offset, isASCII: false) }
    switch TextCheck.verdict(bytes.baseAddress.unsafelyUnwrapped, count: count) {
    case .ascii: return Block(bytes: bytes, offset: offset, isASCII: true)
    case .utf8: return Block(bytes: bytes, offset: offset, isASCII: false)
    case .fault(let fault, let position):
      throw TextCheck.error(
        fault, path: url.path, offset: offset + position,
        line: try line(of: offset + position), byte: bytes[position])
    }
  }

  /// The line of a byte, from 1. The file is read again: lines are not counted before one is asked for.
  private func line(of offset: Int) throws -> Int {
    let source = try UnpackedFile.open(url)
    var block = [UInt8](repeating: 0, count: 1 << 16)
    var (line, rest) = (1, offset)
    while rest > 0, case let count = try block.withUnsafeMutableBytes({ try source.fill($0) }),
      count > 0
    {
      line += block[..<min(count, rest)].count { $0 == 0x0A }
      rest -= count
    }
    return line
  }

  /// The largest position up to `count` where no token is cut; 0 if there is none.
  private func lastBoundary(before count: Int) -> Int {
    switch kind {
    case .byte:
      return count
    case .character:
      // At most three bytes can begin a scalar that goes on. Ill-formed text is cut anywhere, and
      // the check finds it.
      var lead = count - 1
      while lead > 0, count - lead < 4, buffer[lead] & 0xC0 == 0x80 { lead -= 1 }
      let bytes = UnsafeRawBufferPointer(buffer).bindMemory(to: UInt8.self)
      guard let start = bytes.baseAddress else { return count }
      if case .truncated = UTF8Step(start + lead, available: count - lead) { return lead }
      return count
    case .word:
      var position = count
      while position > 0, !WordScanner.isWhiteSpace(buffer[position - 1]) { position -= 1 }
      return position
    }
  }

  private func grow(keeping count: Int) throws {
    guard buffer.count <= Self.longestWord else {
      throw UserError(
        "'\(url.path)' holds a word of more than \(Self.longestWord) bytes "
          + "at byte offset \(offset)",
        hint: "text without white space trains with --tokens char")
    }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: 2 * buffer.count, alignment: 64)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    buffer.deallocate()
    buffer = larger
  }
}
