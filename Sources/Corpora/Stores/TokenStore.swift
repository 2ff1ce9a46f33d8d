import Compute
import Foundation

/// A corpus as ids, of any size: a folder of token files that are mapped, not read, with the places where
/// lines and documents begin. `TokenStoreBuilder` makes it.
///
/// | file | content |
/// |---|---|
/// | `manifest.json` | shards with lengths and digests, written last: `StoreManifest` |
/// | `vocabulary.json` | the vocabulary |
/// | `00000.tokens` | ids, of one, two or four bytes by the vocabulary's size: `TokenFile` |
/// | `00000.lines`, `.documents` | where in the shard lines and documents begin, four bytes each, stored likewise |
package final class TokenStore: TokenSource {
  package let url: URL
  package let manifest: StoreManifest
  package let vocabulary: Vocabulary
  private let shards: [TokenFile]
  private let lineFiles: [TokenFile]
  private let documentFiles: [TokenFile]
  /// Tokens, lines, documents before each shard, and all at the end.
  private let tokenStarts: [Int], lineStarts: [Int], documentStarts: [Int]

  /// Opens the store in a folder.
  ///
  /// Throws a `UserError` that names the file, if there is no manifest, a file is missing, cut or damaged, or
  /// belongs to another store.
  ///
  /// - Parameter verifiesContent: whether all is read and compared with its digests; nil: where it takes
  ///   less than a quarter of this machine's memory. Lengths and headers are always checked.
  package init(_ url: URL, verifiesContent: Bool? = nil) throws {
    self.url = url
    let manifest = try StoreManifest(of: url)
    let vocabulary = try Vocabulary(contentsOf: StoreFiles.vocabulary(url))
    guard vocabulary.digest.hexadecimal == manifest.vocabularyDigest else {
      throw UserError(
        "'\(StoreFiles.vocabulary(url).relativePath)' is not the vocabulary that the store was made with",
        hint: "take it from a copy of the store, or make the store anew")
    }
    ResourceLimit.allowOpenFiles(3 * manifest.shards.count)
    let bytes = manifest.tokens * TokenFileWriter.width(of: vocabulary)
    let verifies = verifiesContent ?? (bytes < (SystemMemory.total ?? .max) / 4)
    func files(_ part: Int, _ count: (StoreManifest.Shard) -> Int) throws -> [TokenFile] {
      try manifest.shards.map { shard in
        try Self.file(
          url.appendingPathComponent("\(shard.name).\(ShardWriter.endings[part])"),
          count: count(shard), digest: shard.digests[part], vocabulary, verifies: verifies)
      }
    }
    shards = try files(0, \.tokens)
    lineFiles = try files(1, \.lines)
    documentFiles = try files(2, \.documents)
    func starts(_ count: (StoreManifest.Shard) -> Int) -> [Int] {
      manifest.shards.reduce(into: [0]) { $0.append($0[$0.count - 1] + count($1)) }
    }
    (tokenStarts, lineStarts, documentStarts) = (
      starts(\.tokens), starts(\.lines), starts(\.documents)
    )
    self.manifest = manifest
    self.vocabulary = vocabulary
  }

  private static func file(
    _ url: URL, count: Int, digest: String, _ vocabulary: Vocabulary, verifies: Bool
  ) throws -> TokenFile {
    let file = try TokenFile.open(url, verifyingContent: verifies)
    guard file.vocabularyDigest == vocabulary.digest else {
      throw UserError(
        "'\(url.relativePath)' belongs to another vocabulary than its store",
        hint: "take it from a copy of the store, or make the store anew")
    }
    guard file.count == count, file.contentDigest.hexadecimal == digest else {
      throw UserError(
        "'\(url.relativePath)' is not the file that the store was made with: it holds \(file.count) "
          + "numbers with the digest \(file.contentDigest.hexadecimal), expected \(count) with \(digest)",
        hint: "take it from a copy of the store, or make the store anew")
    }
    return file
  }

  // MARK: Tokens

  package var count: Int { tokenStarts[shards.count] }
  package var vocabularySize: Int { vocabulary.count }
  package var contentDigest: UInt64 { manifest.contentDigest }

  package subscript(index: Int) -> Int32 {
    let shard = Self.shard(of: index, in: tokenStarts)
    return shards[shard][index - tokenStarts[shard]]
  }

  package func copy(
    _ range: Range<Int>, into output: UnsafeMutablePointer<Int32>, stride: Int
  ) {
    var output = output
    forEachShard(of: range) { shard, range in
      shards[shard].copy(range, into: output, stride: stride)
      output += range.count * stride
    }
  }

  /// Calls `body` with the shards that a range of tokens lies in, and the part in each.
  private func forEachShard(of range: Range<Int>, _ body: (Int, Range<Int>) -> Void) {
    guard !range.isEmpty else { return }
    var position = range.lowerBound
    var shard = Self.shard(of: position, in: tokenStarts)
    while position < range.upperBound {
      let end = min(range.upperBound, tokenStarts[shard + 1])
      body(shard, position - tokenStarts[shard]..<end - tokenStarts[shard])
      position = end
      shard += 1
    }
  }

  package func expect(_ range: Range<Int>) {
    forEachShard(of: range) { shard, range in shards[shard].expect(range) }
  }

  /// Tells the system that lines or documents are read in no order, so that it brings what it is told to expect
  /// and no more.
  package func expectNoOrder() {
    for file in shards + lineFiles + documentFiles { file.expectNoOrder() }
  }

  /// Tells the system that it will soon be asked where a line begins and ends.
  package func expectPlace(ofLine index: Int) { expectPlace(index, lineFiles, lineStarts) }

  /// Likewise for a document.
  package func expectPlace(ofDocument index: Int) {
    expectPlace(index, documentFiles, documentStarts)
  }

  private func expectPlace(_ index: Int, _ files: [TokenFile], _ starts: [Int]) {
    let shard = Self.shard(of: index, in: starts)
    let place = index - starts[shard]
    files[shard].expect(place..<min(place + 2, files[shard].count))
  }

  /// Cost: a system call a file, 0.2 µs each.
  package func checkLength() throws {
    for file in shards { try file.checkLength() }
    for file in lineFiles { try file.checkLength() }
    for file in documentFiles { try file.checkLength() }
  }

  // MARK: Lines and documents

  package var lineCount: Int { lineStarts[shards.count] }
  package var documentCount: Int { documentStarts[shards.count] }

  /// The tokens of a line, what ends it included.
  package func line(_ index: Int) -> Range<Int> { stretch(index, lineFiles, lineStarts) }

  /// The tokens of a document.
  package func document(_ index: Int) -> Range<Int> {
    stretch(index, documentFiles, documentStarts)
  }

  /// The lines that begin in a range of tokens.
  package func lines(in range: Range<Int>) -> Range<Int> {
    first(range.lowerBound, lineFiles, lineStarts)..<first(range.upperBound, lineFiles, lineStarts)
  }

  /// The documents that begin in a range of tokens.
  package func documents(in range: Range<Int>) -> Range<Int> {
    first(
      range.lowerBound, documentFiles, documentStarts)..<first(
        range.upperBound, documentFiles, documentStarts)
  }

  private func stretch(_ index: Int, _ files: [TokenFile], _ starts: [Int]) -> Range<Int> {
    let shard = Self.shard(of: index, in: starts)
    func place(_ index: Int, _ shard: Int) -> Int {
      tokenStarts[shard] + Int(files[shard][index - starts[shard]])
    }
    let next = index + 1
    let end =
      next == starts[starts.count - 1]
      ? count : place(next, next < starts[shard + 1] ? shard : Self.shard(of: next, in: starts))
    return place(index, shard)..<end
  }

  /// The first that begins at a token or behind it.
  private func first(_ token: Int, _ files: [TokenFile], _ starts: [Int]) -> Int {
    guard token < count else { return starts[starts.count - 1] }
    let shard = Self.shard(of: token, in: tokenStarts)
    let wanted = Int32(token - tokenStarts[shard])
    var (lower, upper) = (0, files[shard].count)
    while lower < upper {
      let middle = (lower + upper) / 2
      if files[shard][middle] >= wanted { upper = middle } else { lower = middle + 1 }
    }
    return starts[shard] + lower
  }

  /// The shard that holds number `index` of something, by how many there are before each.
  private static func shard(of index: Int, in starts: [Int]) -> Int {
    precondition(
      index >= 0 && index < starts[starts.count - 1],
      "\(index) outside 0..<\(starts[starts.count - 1])")
    var (lower, upper) = (0, starts.count - 1)
    // starts[lower] ≤ index < starts[upper], through shards that hold none.
    while upper - lower > 1 {
      let middle = (lower + upper) / 2
      if starts[middle] <= index { lower = middle } else { upper = middle }
    }
    return lower
  }
}
