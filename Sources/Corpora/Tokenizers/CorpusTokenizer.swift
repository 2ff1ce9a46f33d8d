import Compute
import Foundation

/// A corpus as ids, with the vocabulary that they belong to.
package struct TokenizedCorpus: Sendable {
  package let tokens: TokenFile
  package let vocabulary: Vocabulary
  /// An earlier run had tokenised the same files in the same way.
  package let isReused: Bool
}

/// Turns text files into a `TokenFile`, once: a cache folder keeps the result for later runs.
///
/// The text is read twice, to count tokens and to write ids; with a given vocabulary once. Memory
/// is constant but for the counts of distinct words. Several files are one corpus, in their order.
///
/// A cached result is reused if it is complete and its source signature is right: the files' names,
/// lengths, modification times (in nanoseconds) and first and last 64 KiB, and how they were
/// tokenised. That spares reading the text again, though not the ids, whose digest is checked; it
/// misses a change only if someone restored the modification time and kept the length and both ends.
///
/// Measured on one core of a busy machine (EPYC, 2.6 GHz base), 100 MB of ASCII, everything included:
/// characters 490-740 MB/s, words 180-320, bytes 880-1500; English with some other characters:
/// 240-360 and 145-280.
package enum CorpusTokenizer {
  /// Tokenises `files` and builds the vocabulary from them, or finds both in `cacheFolder`.
  ///
  /// Throws `UserError` if a file is missing, a folder, empty, binary or not UTF-8, if all files
  /// together give fewer than two tokens, if the limits make no sense, or if `cacheFolder` cannot be
  /// written.
  package static func tokenize(
    files: [URL], kind: TokenKind, division: WordDivision = .blank,
    limits: VocabularyLimits = .none, cacheFolder: URL
  ) throws -> TokenizedCorpus {
    try limits.check(kind)
    let job = try Job(
      files, kind, division,
      settings: "\(limits.size ?? 0) \(limits.minimumCount) \(limits.hasUnknown)",
      cacheFolder)
    if let vocabulary = try? Vocabulary(contentsOf: job.vocabularyFile),
      let tokens = job.cachedTokens(vocabulary)
    {
      return TokenizedCorpus(tokens: tokens, vocabulary: vocabulary, isReused: true)
    }
    var counter = VocabularyCounter(kind)
    if kind != .byte {
      try Activity.run("counting the tokens of") { _ in
        try job.forEachBlock { _, block in
          if let block { counter.count(block) } else { counter.countEndOfSentence() }
        }
      }
    }
    let vocabulary = counter.vocabulary(limits)
    try vocabulary.save(to: job.vocabularyFile)
    return try job.write(vocabulary)
  }

  /// Tokenises `files` with a given vocabulary, or finds the result in `cacheFolder`.
  ///
  /// Words and characters outside the vocabulary become `<unk>`. Throws `UserError` like the other
  /// form, and for a character outside a vocabulary that has no `<unk>`.
  package static func tokenize(
    files: [URL], vocabulary: Vocabulary, division: WordDivision = .blank, cacheFolder: URL
  ) throws -> TokenizedCorpus {
    let job = try Job(
      files, vocabulary.kind, division, settings: vocabulary.digest.hexadecimal, cacheFolder)
    if let tokens = job.cachedTokens(vocabulary) {
      return TokenizedCorpus(tokens: tokens, vocabulary: vocabulary, isReused: true)
    }
    return try job.write(vocabulary)
  }
}

/// One corpus on its way into one cache folder.
private struct Job {
  let files: [URL]
  let kind: TokenKind
  let division: WordDivision
  let signature: UInt64
  let tokenFile: URL
  let vocabularyFile: URL

  init(
    _ files: [URL], _ kind: TokenKind, _ division: WordDivision, settings: String,
    _ cacheFolder: URL
  ) throws {
    guard let first = files.first else {
      throw UserError.usage("no text files were named", hint: "name at least one")
    }
    self.files = files
    self.kind = kind
    self.division = division
    // The names and settings choose the place, the content is checked inside it: a changed corpus
    // replaces its stale result.
    var place = ContentDigest()
    place.update(kind.rawValue)
    place.update(settings)
    if division != .blank { place.update(division.rawValue) }
    for file in files { place.update(file.standardizedFileURL.path) }
    var signature = place
    signature.update(Self.readerVersion)
    for file in files { try Self.sign(file, into: &signature) }
    self.signature = signature.value
    let stem = first.deletingPathExtension().lastPathComponent
    let name = "\(stem)-\(kind.rawValue)-\(place.value.hexadecimal)"
    tokenFile = cacheFolder.appendingPathComponent(name + ".tokens")
    vocabularyFile = cacheFolder.appendingPathComponent(name + ".vocabulary.json")
  }

  /// Which ids a text gives may change with the reader: 2 drops byte order marks and unpacks files.
  private static let readerVersion: UInt64 = 2

  /// The result of an earlier run, if it is complete and still right.
  func cachedTokens(_ vocabulary: Vocabulary) -> TokenFile? {
    guard let tokens = try? TokenFile.open(tokenFile),
      tokens.sourceSignature == signature, tokens.vocabularyDigest == vocabulary.digest
    else { return nil }
    return tokens
  }

  /// Calls `body` with every block of every file, in order, and with nil where a line ends because
  /// its file does.
  func forEachBlock(_ body: (URL, TextReader.Block?) throws -> Void) throws {
    for url in files {
      let reader = try TextReader(
        url, kind: kind, source: division == .punctuation ? DividedSource(url) : nil)
      var last: UInt8 = 0x0A
      while let block = try reader.next() {
        try body(url, block)
        last = block.bytes[block.bytes.count - 1]
      }
      if kind == .word, last != 0x0A { try body(url, nil) }
    }
  }

  func write(_ vocabulary: Vocabulary) throws -> TokenizedCorpus {
    let count = try Activity.run("tokenising") { _ in
      switch TokenFileWriter.width(of: vocabulary) {
      case 1: try write(vocabulary, as: UInt8.self)
      case 2: try write(vocabulary, as: UInt16.self)
      default: try write(vocabulary, as: UInt32.self)
      }
    }
    guard count >= 2 else {
      unlink(tokenFile.path)
      throw UserError(
        "'\(files[0].path)' gives \(count) \(kind.rawValue) token, expected at least 2",
        hint: "a language model needs a token and a next one")
    }
    // Just written: reading it all again would prove little.
    let tokens = try TokenFile.open(tokenFile, verifyingContent: false)
    return TokenizedCorpus(tokens: tokens, vocabulary: vocabulary, isReused: false)
  }

  private func write<ID: FixedWidthInteger>(
    _ vocabulary: Vocabulary, as type: ID.Type
  ) throws -> Int {
    var writer = try TokenFileWriter(
      tokenFile, vocabulary: vocabulary, sourceSignature: signature)
    var ids: [ID] = []
    try forEachBlock { file, block in
      guard let block else {
        var id = ID(truncatingIfNeeded: vocabulary.endOfSentenceID ?? 0).littleEndian
        try withUnsafeBytes(of: &id) { try writer.append($0) }
        return
      }
      let count = block.bytes.count
      if ids.count < count { ids = [ID](repeating: 0, count: count) }
      try ids.withUnsafeMutableBufferPointer { ids in
        guard let output = ids.baseAddress else { return }
        let written: Int
        do {
          written = try vocabulary.encode(
            block.start, count: count, isASCII: block.isASCII, into: output)
        } catch let unknown as UnknownCharacter {
          throw UserError(
            "'\(file.path)' holds \(unknown.description) at byte offset "
              + "\(block.offset + unknown.offset), which the vocabulary lacks",
            hint: "train with --min-count 2 to have <unk> for rare characters")
        }
        try writer.append(
          UnsafeRawBufferPointer(start: output, count: written * MemoryLayout<ID>.stride))
      }
    }
    return try writer.finish()
  }

  private static func sign(_ url: URL, into digest: inout ContentDigest) throws {
    let file = try InputFile(url)
    digest.update(UInt64(file.length))
    digest.update(UInt64(bitPattern: file.modificationTime))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    defer { buffer.deallocate() }
    for offset in [0, max(0, file.length - buffer.count)] {
      file.seek(to: offset)
      let count = try file.fill(buffer)
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
