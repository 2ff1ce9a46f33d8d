import Compute
import Foundation

/// Writes a `TokenFile` from start to end: the header goes in last, then the file gets its name.
struct TokenFileWriter {
  private let file: AtomicFileWriter
  private let vocabulary: Vocabulary
  private let sourceSignature: UInt64
  private var content = ContentDigest()
  private var byteCount = 0

  /// The bytes that an id of `vocabulary` takes.
  static func width(of vocabulary: Vocabulary) -> Int {
    vocabulary.count <= 1 << 8 ? 1 : vocabulary.count <= 1 << 16 ? 2 : 4
  }

  init(_ url: URL, vocabulary: Vocabulary, sourceSignature: UInt64) throws {
    file = try AtomicFileWriter(url, createsFolders: true)
    self.vocabulary = vocabulary
    self.sourceSignature = sourceSignature
    try withUnsafeBytes(of: SIMD8<UInt64>()) { try file.append($0) }
  }

  /// Appends ids as they are to be stored: little-endian and `width(of:)` bytes each.
  mutating func append(_ ids: UnsafeRawBufferPointer) throws {
    content.update(ids)
    byteCount += ids.count
    try file.append(ids)
  }

  /// Makes the file durable. Returns the number of ids.
  func finish() throws -> Int {
    let width = Self.width(of: vocabulary)
    let count = byteCount / width
    var header: [UInt64] = [
      TokenFile.magic, UInt64(TokenFile.version) | UInt64(width) << 32, UInt64(count),
      UInt64(vocabulary.count), vocabulary.digest, sourceSignature, content.value,
    ].map(\.littleEndian)
    header.append(header.withUnsafeBytes { ContentDigest.of($0) }.littleEndian)
    try header.withUnsafeBytes { try file.overwrite($0, at: 0) }
    try file.commit()
    return count
  }
}
