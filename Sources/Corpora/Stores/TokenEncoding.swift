import Compute
import Foundation

/// What one thread needs to turn pieces of text into ids.
final class TokenEncoding {
  /// Of a piece that is read at once.
  static let pieceSize = 1 << 20

  let text = TextBuffer(size: pieceSize)
  private let vocabulary: Vocabulary
  private let width: Int
  private var subwords: SubwordEncoder?
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 64)

  /// A piece as ids.
  struct Encoded {
    /// As they are stored.
    let ids: UnsafeRawBufferPointer
    let count: Int
    /// The places of those that end lines.
    let ends: [Int32]
    let textBytes: Int
    let piece: CorpusReader.Piece
  }

  init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    width = TokenFileWriter.width(of: vocabulary)
    subwords = vocabulary.subwords.map(SubwordEncoder.init)
  }

  deinit { memory.deallocate() }

  /// The ids of what was read into `text`; they stay until the next call. Throws a `UserError` for bytes that
  /// are no text, and for a character that the vocabulary lacks.
  func encode(_ piece: CorpusReader.Piece) throws -> Encoded {
    switch width {
    case 1: try encode(piece, as: UInt8.self)
    case 2: try encode(piece, as: UInt16.self)
    default: try encode(piece, as: UInt32.self)
    }
  }

  private func encode<ID: FixedWidthInteger>(
    _ piece: CorpusReader.Piece, as type: ID.Type
  ) throws -> Encoded {
    if subwords != nil { return try encodeSubwords(piece, as: type) }
    reserve((text.count + 1) * MemoryLayout<ID>.stride)
    let output = memory.bindMemory(to: ID.self)
    guard let first = output.baseAddress else { preconditionFailure("room was made") }
    let end = vocabulary.endOfLineID
    var (count, textBytes) = (0, 0)
    if let reader = piece.reader {
      let block = try reader.checked(text)
      textBytes = block.bytes.count
      do {
        count = try vocabulary.encode(
          block.start, count: textBytes, isASCII: block.isASCII, into: first)
      } catch let unknown as UnknownCharacter {
        throw unknown.error(in: piece.file, at: block.offset)
      }
      // The file system's order of bytes is that of the machine but for the rarest.
      if ID.bitWidth > 8, ID(1).littleEndian != 1 {
        for index in 0..<count { first[index] = first[index].littleEndian }
      }
    } else if vocabulary.kind == .word, piece.isLineOpen, let end {
      first[0] = ID(truncatingIfNeeded: end).littleEndian
      count = 1
    }
    return Encoded(
      ids: UnsafeRawBufferPointer(
        start: UnsafeRawPointer(first), count: count * MemoryLayout<ID>.stride),
      count: count, ends: end.map { Self.places(of: $0, in: output[..<count]) } ?? [],
      textBytes: textBytes, piece: piece)
  }

  private func encodeSubwords<ID: FixedWidthInteger>(
    _ piece: CorpusReader.Piece, as type: ID.Type
  ) throws -> Encoded {
    var (found, ends): ([Int32], [Int32]) = ([], [])
    var textBytes = 0
    if let reader = piece.reader {
      let block = try reader.checked(text)
      textBytes = block.bytes.count
      found.reserveCapacity(textBytes / 2)
      subwords?.appendLines(
        block.bytes, continuesLine: piece.continuesLine, to: &found, ends: &ends)
    }
    reserve(found.count * MemoryLayout<ID>.stride)
    let output = memory.bindMemory(to: ID.self)
    for (place, id) in found.enumerated() {
      output[place] = ID(truncatingIfNeeded: id).littleEndian
    }
    return Encoded(
      ids: UnsafeRawBufferPointer(
        rebasing: UnsafeRawBufferPointer(memory)[..<(found.count * MemoryLayout<ID>.stride)]),
      count: found.count, ends: ends, textBytes: textBytes, piece: piece)
  }

  private static func places<ID: FixedWidthInteger>(
    of id: Int32, in ids: Slice<UnsafeMutableBufferPointer<ID>>
  ) -> [Int32] {
    let wanted = ID(truncatingIfNeeded: id).littleEndian
    var places: [Int32] = []
    let ids = UnsafeBufferPointer(rebasing: ids)
    guard ID.bitWidth == 8, let base = ids.baseAddress else {
      for (place, id) in ids.enumerated() where id == wanted { places.append(Int32(place)) }
      return places
    }
    var place = 0
    while place < ids.count,
      let found = memchr(base + place, Int32(truncatingIfNeeded: wanted), ids.count - place)
    {
      place = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
      places.append(Int32(place))
      place += 1
    }
    return places
  }

  private func reserve(_ size: Int) {
    guard size > memory.count else { return }
    memory.deallocate()
    memory = .allocate(byteCount: max(size, 2 * memory.count), alignment: 64)
  }
}

extension Vocabulary {
  /// The id of what ends a line: of `<eos>`, or of a line feed; nil if the vocabulary has none.
  package var endOfLineID: Int32? {
    switch lookup {
    case .words: endOfSentenceID
    case .characters(let table): table.id(0x0A) < 0 ? nil : table.id(0x0A)
    case .bytes: 0x0A
    case .subwords(let tokenizer): tokenizer.lineFeedID
    }
  }
}

extension UnknownCharacter {
  /// What it is to whoever named the file.
  ///
  /// - Parameter start: where the encoded text begins in the file, in bytes.
  func error(in file: URL, at start: Int) -> UserError {
    UserError(
      "'\(file.path)' holds \(description) at byte offset \(start + offset), "
        + "which the vocabulary lacks",
      hint: "train with --unknown other to have a place for it")
  }
}
