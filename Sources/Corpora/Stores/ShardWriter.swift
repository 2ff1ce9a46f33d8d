import Compute
import Foundation

/// A shard on its way: its ids, and the places in it where lines and documents begin.
///
/// The places are stored as ids are, four bytes each: see `TokenFile`.
struct ShardWriter {
  /// The endings of the three files.
  static let endings = ["tokens", "lines", "documents"]

  private let name: String
  private var tokens: TokenFileWriter
  private var lines: TokenFileWriter
  private var documents: TokenFileWriter

  /// - Parameter number: from 0.
  init(_ number: Int, in folder: URL, _ vocabulary: Vocabulary) throws {
    let name = String(format: "%05ld", number)
    self.name = name
    func file(_ ending: String) -> URL { folder.appendingPathComponent("\(name).\(ending)") }
    func places(_ ending: String) throws -> TokenFileWriter {
      // No place is known to be the largest yet.
      try TokenFileWriter(
        file(ending), width: 4, vocabularySize: Int(Int32.max), vocabularyDigest: vocabulary.digest)
    }
    tokens = try TokenFileWriter(file("tokens"), vocabulary: vocabulary)
    lines = try places("lines")
    documents = try places("documents")
  }

  /// Tokens so far.
  var count: Int { tokens.count }

  /// Appends ids as they are stored, and finds the lines that begin among them.
  ///
  /// - Parameters:
  ///   - count: of the ids.
  ///   - ends: the places among them of those that end lines.
  mutating func append(
    _ ids: UnsafeRawBufferPointer, count: Int, ends: [Int32], _ starts: inout LineStarts
  ) throws {
    let first = self.count
    var (lineStarts, documentStarts): ([UInt32], [UInt32]) = ([], [])
    starts.scan(count, ends: ends) { place, isDocument in
      let place = UInt32(truncatingIfNeeded: first + place).littleEndian
      lineStarts.append(place)
      if isDocument { documentStarts.append(place) }
    }
    try tokens.append(ids)
    try lineStarts.withUnsafeBytes { try lines.append($0) }
    try documentStarts.withUnsafeBytes { try documents.append($0) }
  }

  /// Makes the files durable, and says what they hold.
  func finish() throws -> StoreManifest.Shard {
    try tokens.finish()
    try lines.finish()
    try documents.finish()
    return StoreManifest.Shard(
      name: name, tokens: tokens.count, lines: lines.count, documents: documents.count,
      digests: [tokens, lines, documents].map { $0.contentDigest.hexadecimal })
  }
}
