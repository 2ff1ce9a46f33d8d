import Compute
import Foundation

/// What a token store holds, `manifest.json`: written last, so that a folder with one is a whole store.
package struct StoreManifest: Codable, Equatable, Sendable {
  package static let name = "manifest.json"
  static let format = "unroll-token-store"
  static let version = FileFormat(1)

  package struct Shard: Codable, Equatable, Sendable {
    /// Of its files, without the ending.
    let name: String
    package let tokens: Int
    package let lines: Int
    package let documents: Int
    /// `TokenFile.contentDigest` of the ids, the lines' and the documents' places.
    let digests: [String]

    /// Whether the numbers are some that a shard can have.
    var isSound: Bool {
      digests.count == 3 && !name.contains("/") && (1..<1 << 32).contains(tokens)
        && (0...tokens).contains(lines) && (0...lines).contains(documents)
    }
  }

  var format = Self.format
  var version = Self.version.current
  /// `TokenKind`.
  package let kind: String
  /// `WordDivision`.
  package let split: String
  let documentsAre: DocumentDivision
  package let vocabularySize: Int
  /// `Vocabulary.digest`.
  let vocabularyDigest: String
  /// What it was made of: names, lengths and times of files, and how. Nil where that cannot be known again.
  let source: String?
  /// Bytes of text, unpacked.
  package let textBytes: Int
  package let shards: [Shard]

  package var tokens: Int { shards.reduce(0) { $0 + $1.tokens } }
  package var lines: Int { shards.reduce(0) { $0 + $1.lines } }
  package var documents: Int { shards.reduce(0) { $0 + $1.documents } }

  /// Tells contents apart: tokens, lines and documents.
  package var contentDigest: UInt64 {
    var digest = ContentDigest()
    digest.update(vocabularyDigest)
    for shard in shards {
      for part in shard.digests { digest.update(part) }
    }
    return digest.value
  }

  /// Whether the folder holds a whole store.
  static func isIn(_ folder: URL) -> Bool { (try? Self(of: folder)) != nil }

  /// Throws a `UserError` that says why the folder is no store.
  package init(of folder: URL) throws {
    let url = folder.appendingPathComponent(Self.name)
    guard FileManager.default.fileExists(atPath: url.path) else {
      let isBegun = FileManager.default.fileExists(
        atPath: folder.appendingPathComponent(StoreJournal.name).path)
      throw UserError(
        "'\(folder.relativePath)' is \(isBegun ? "not finished" : "no token store"): "
          + "it has no \(Self.name)",
        hint: isBegun
          ? "go on with the command that began it"
          : "make one with 'unroll tokenize', or name a text with --text")
    }
    let hint = "make the store anew with 'unroll tokenize'"
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(try RegularFile.contents(of: url)))
    } catch is DecodingError {
      throw UserError("'\(url.relativePath)' is damaged: not the expected JSON", hint: hint)
    }
    guard format == Self.format else {
      throw UserError(
        "'\(url.relativePath)' holds the format '\(format)', expected '\(Self.format)'", hint: hint)
    }
    try Self.version.check(version, of: url)
    guard !shards.isEmpty, shards.allSatisfy(\.isSound) else {
      throw UserError("'\(url.relativePath)' is damaged: numbers that no shard has", hint: hint)
    }
  }

  init(
    _ vocabulary: Vocabulary, split: WordDivision, documents: DocumentDivision, source: UInt64?,
    textBytes: Int, shards: [Shard]
  ) {
    kind = vocabulary.kind.rawValue
    self.split = split.rawValue
    documentsAre = documents
    vocabularySize = vocabulary.count
    vocabularyDigest = vocabulary.digest.hexadecimal
    self.source = source?.hexadecimal
    self.textBytes = textBytes
    self.shards = shards
  }

  func write(to folder: URL) throws {
    try folder.appendingPathComponent(Self.name).writeJSON(self)
  }
}

/// How far a store is that is not finished: after each shard.
struct StoreJournal: Codable {
  static let name = "progress.json"

  /// `StoreManifest.source`.
  let source: String
  var shards: [StoreManifest.Shard] = []
  /// Where the next shard begins.
  var position = CorpusReader.Position()
  var lines: LineStarts
  var textBytes = 0

  init(source: String, _ documents: DocumentDivision) {
    self.source = source
    lines = LineStarts(documents)
  }

  /// Whether the folder holds a begun store, of whatever.
  static func isIn(_ folder: URL) -> Bool {
    let content = try? RegularFile.contents(of: folder.appendingPathComponent(name))
    return content.map { (try? JSONDecoder().decode(Self.self, from: Data($0))) != nil } ?? false
  }

  /// What an earlier process has left in `folder`; nil if there is nothing of use.
  init?(of folder: URL, source: String) throws {
    let url = folder.appendingPathComponent(Self.name)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let content = try RegularFile.contents(of: url)
    guard let journal = try? JSONDecoder().decode(Self.self, from: Data(content)),
      journal.source == source, journal.shards.allSatisfy(\.isSound),
      journal.position.file >= 0, journal.position.offset >= 0
    else { return nil }
    self = journal
  }

  func write(to folder: URL) throws { try folder.appendingPathComponent(Self.name).writeJSON(self) }
}

extension URL {
  fileprivate func writeJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(String(decoding: encoder.encode(value), as: UTF8.self) + "\n", to: self)
  }
}
