import Compute
import Foundation

/// Reads a corpus file in blocks that never cut a token, in constant memory.
///
/// A byte order mark at the start is left out: it says how a text is written. But in byte mode every block
/// is checked to be UTF-8 text, and lines that end with CR alone are refused. Compressed files are unpacked.
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

    // Never nil: `bytes` lie in memory that has room for the padding at least.
    var start: UnsafePointer<UInt8> { bytes.baseAddress.unsafelyUnwrapped }
  }

  // A block and the tokens made of it stay in the second-level cache.
  private static let blockSize = 1 << 18
  /// The longest word. Something longer is not made of words, and would have to be held in memory.
  static let longestWord = 1 << 20

  private let url: URL
  private let source: any ByteSource
  private let kind: TokenKind
  private lazy var buffer = TextBuffer(size: Self.blockSize)
  /// What was read and not handed out yet.
  private var carried: [UInt8] = []
  private var offset: Int
  /// Carriage returns before the first line feed; nil where nobody asks, or behind that.
  private var returns: Int?

  /// - Parameters:
  ///   - source: the file's bytes, where they are not read as they are.
  ///   - offset: where to begin: at the begin of a block.
  /// - Throws: a `UserError` if the file cannot be opened or is empty.
  init(
    _ url: URL, kind: TokenKind, source: (any ByteSource)? = nil, from offset: Int = 0
  ) throws {
    self.url = url
    self.source = try source ?? UnpackedFile.open(url)
    self.kind = kind
    self.offset = offset
    if offset > 0 {
      try skip(offset)
      return
    }
    let begin = try ByteOrderMark.begin(of: self.source, count: TextForm.markLength)
    guard !begin.isEmpty else {
      throw UserError("'\(url.path)' is empty", hint: "name a file that holds text")
    }
    try TextForm.refuse(begin, at: self.source.place)
    if kind != .byte {
      try TextForm.refuseWide(begin, at: self.source.place)
      returns = 0
    }
    self.offset = begin.starts(with: ByteOrderMark.bytes) ? ByteOrderMark.bytes.count : 0
    carried = Array(begin[self.offset...])
  }

  private func skip(_ count: Int) throws {
    if let file = source as? InputFile { return file.seek(to: count) }
    var block = [UInt8](repeating: 0, count: 1 << 16)
    var rest = count
    while rest > 0 {
      let read = try block.withUnsafeMutableBytes {
        try source.fill(UnsafeMutableRawBufferPointer(rebasing: $0[..<min(rest, $0.count)]))
      }
      guard read > 0 else { throw UserError.becameShorter(url, found: count - rest) }
      rest -= read
    }
  }

  /// The next block, or nil at the end of the file. Throws `UserError` for bytes that are no text.
  func next() throws -> Block? { try read(buffer) ? try checked(buffer) : nil }

  /// Reads the next block without a look at what it holds; false at the end of the file.
  ///
  /// Where a block ends follows from where it begins and the buffer's size alone.
  func read(_ buffer: TextBuffer) throws -> Bool {
    var limit = buffer.size
    while limit <= carried.count { limit *= 2 }
    buffer.reserve(limit, keeping: 0)
    buffer.memory.copyBytes(from: carried)
    buffer.offset = offset
    var filled = carried.count
    while true {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[filled..<limit])
      let count = try source.fill(room)
      filled += count
      if filled == 0 {
        try returns.map { try TextForm.refuseReturns($0, at: self.source.place) }
        return false
      }
      let atEnd = count < room.count
      if atEnd {
        for index in 0..<WordScanner.padding { buffer.memory[filled + index] = 0x20 }
      }
      let cut = atEnd ? filled : lastBoundary(in: buffer.memory, before: filled)
      if cut == 0 {
        try checkWord(filled)
        limit *= 2
        buffer.reserve(limit, keeping: filled)
        continue
      }
      carried = Array(buffer.memory[cut..<filled])
      offset += cut
      buffer.count = cut
      countReturns(buffer.bytes)
      return true
    }
  }

  private func countReturns(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let before = returns, let start = bytes.baseAddress else { return }
    let hasLineFeed = memchr(start, 0x0A, bytes.count) != nil
    returns = hasLineFeed ? nil : before + bytes.count { $0 == 0x0D }
  }

  /// A block that `read` has read, as text. Any thread may ask. Throws `UserError` for bytes that are no
  /// text.
  func checked(_ buffer: TextBuffer) throws -> Block {
    let (bytes, offset) = (buffer.bytes, buffer.offset)
    guard kind != .byte, let start = bytes.baseAddress else {
      return Block(bytes: bytes, offset: offset, isASCII: false)
    }
    switch TextCheck.verdict(start, count: bytes.count) {
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
  private func lastBoundary(
    in buffer: UnsafeMutableRawBufferPointer, before count: Int
  ) -> Int {
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
    case .subword:
      if let lineFeed = buffer[..<count].lastIndex(of: 0x0A) { return lineFeed + 1 }
      // Inside of a long line a word ends where white space begins, whatever comes behind it.
      var position = count - 1
      while position > 0,
        !(WordScanner.isWhiteSpace(buffer[position]) && 0x21...0x7E ~= buffer[position - 1])
      {
        position -= 1
      }
      return position
    }
  }

  private func checkWord(_ length: Int) throws {
    guard length <= Self.longestWord else {
      throw UserError(
        "'\(url.path)' holds a word of more than \(Self.longestWord) bytes "
          + "at byte offset \(offset)",
        hint: "text without white space trains with --tokens char")
    }
  }
}
