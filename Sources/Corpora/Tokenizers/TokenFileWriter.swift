import Compute
import Foundation

/// Writes a `TokenFile` from start to end: the header goes in last, then the file gets its name.
struct TokenFileWriter {
  private let file: AtomicFileWriter
  private let width: Int
  private let vocabularySize: Int
  private let vocabularyDigest: UInt64
  private var content = ContentDigest()
  private var byteCount = 0

  /// The bytes that an id of a vocabulary takes.
  static func width(of vocabulary: Vocabulary) -> Int {
    vocabulary.count <= 1 << 8 ? 1 : vocabulary.count <= 1 << 16 ? 2 : 4
  }

  init(_ url: URL, vocabulary: Vocabulary) throws {
    try self.init(
      url, width: Self.width(of: vocabulary), vocabularySize: vocabulary.count,
      vocabularyDigest: vocabulary.digest)
  }

  /// - Parameters:
  ///   - width: bytes an id.
  ///   - vocabularySize: every id is below this.
  init(_ url: URL, width: Int, vocabularySize: Int, vocabularyDigest: UInt64) throws {
    file = try AtomicFileWriter(url, createsFolders: true)
    self.width = width
    self.vocabularySize = vocabularySize
    self.vocabularyDigest = vocabularyDigest
    try withUnsafeBytes(of: SIMD8<UInt64>()) { try file.append($0) }
  }

  /// Ids so far.
  var count: Int { byteCount / width }
  /// The `TokenFile.contentDigest` of the ids so far.
  var contentDigest: UInt64 { content.value }

  /// Appends ids as they are to be stored: little-endian and `width` bytes each.
  mutating func append(_ ids: UnsafeRawBufferPointer) throws {
    content.update(ids)
    byteCount += ids.count
    try file.append(ids)
  }

  /// Makes the file durable. Returns the number of ids.
  @discardableResult
  func finish() throws -> Int {
    var header: [UInt64] = [
      TokenFile.magic, UInt64(TokenFile.version) | UInt64(width) << 32, UInt64(count),
      UInt64(vocabularySize), vocabularyDigest, 0, content.value,
    ].map(\.littleEndian)
    header.append(header.withUnsafeBytes { ContentDigest.of($0) }.littleEndian)
    try header.withUnsafeBytes { try file.overwrite($0, at: 0) }
    try file.commit()
    return count
  }
}
