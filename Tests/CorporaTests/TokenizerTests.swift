import Corpora
import Foundation
import TestSupport
import Testing

struct TokenizerTests {
  private func shard(_ corpus: TokenizedCorpus) -> URL {
    corpus.tokens.url.appendingPathComponent("00000.tokens")
  }

  private func ids(_ tokens: TokenStore) -> [Int32] { (0..<tokens.count).map { tokens[$0] } }

  @Test func linesOfWordsEndInEndOfSentence() throws {
    let folder = try TemporaryFolder()
    let first = try folder.file("one", " the  cat\n\nthe\tdog")
    let second = try folder.file("two", "\r\nthe cat \n")
    let corpus = try CorpusTokenizer.tokenize(
      files: [first, second], .init(.word), cacheFolder: folder.cache, threads: 2)
    #expect(
      corpus.vocabulary.decode(ids(corpus.tokens)) == "the cat\n\nthe dog\n\nthe cat\n")
    #expect(corpus.tokens.count == 11)
  }

  /// Compares with a plain implementation on text that is longer than several blocks and has
  /// characters, words and lines of all lengths across their edges.
  @Test func longTextsAreCutNowhere() throws {
    let pieces = [
      "a", "é", "語", "🙂", "word", "eight888", "nine99999", "\u{1}x", " ", "\n", "\t", " ",
    ]
    var text = ""
    var state: UInt64 = 1
    for _ in 0..<400_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      text += pieces[Int(state >> 33) % pieces.count]
    }
    text += String(repeating: "long", count: 100_000) + " end"
    let folder = try TemporaryFolder()
    let file = try folder.file("text", text)

    let characters = try CorpusTokenizer.tokenize(
      files: [file], .init(.character), cacheFolder: folder.cache, threads: 2)
    #expect(
      ids(characters.tokens).map { Array(characters.vocabulary.tokens[Int($0)].unicodeScalars)[0] }
        == Array(text.unicodeScalars))

    let words = try CorpusTokenizer.tokenize(
      files: [file], .init(.word), cacheFolder: folder.cache, threads: 2)
    let expected = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .flatMap { line in
        line.split { $0 == 0x20 || $0 == 0x09 }.map { String(decoding: $0, as: UTF8.self) }
          + ["<eos>"]
      }
    #expect(ids(words.tokens).map { words.vocabulary.tokens[Int($0)] } == expected)
    #expect(words.tokens.vocabularySize == words.vocabulary.count)

    let bytes = try CorpusTokenizer.tokenize(
      files: [file], .init(.byte), cacheFolder: folder.cache, threads: 2)
    #expect(ids(bytes.tokens).map { UInt8($0) } == Array(text.utf8))
  }

  @Test(arguments: [TokenKind.character, .word, .byte])
  func byteOrderMarksAreNoText(kind: TokenKind) throws {
    let folder = try TemporaryFolder()
    let plain = try folder.file("plain", "the cat\nthe dog\n")
    let marked = try folder.file("marked", "\u{FEFF}the cat\nthe dog\n")
    func tokenize(_ files: [URL]) throws -> TokenizedCorpus {
      try CorpusTokenizer.tokenize(files: files, .init(kind), cacheFolder: folder.cache, threads: 2)
    }
    let expected = try tokenize([plain, plain])
    for files in [[marked, marked], [plain, marked]] {
      let found = try tokenize(files)
      #expect(found.vocabulary.tokens == expected.vocabulary.tokens)
      #expect(ids(found.tokens) == ids(expected.tokens))
    }
    expectUserError(saying: "mark' gives 0 \(kind.rawValue) token") {
      _ = try tokenize([folder.file("mark", "\u{FEFF}")])
    }
    // Only at the start.
    let inside = try tokenize([folder.file("inside", "a \u{FEFF}b\n")])
    if kind == .byte {
      #expect(ids(inside.tokens) == Array("a \u{FEFF}b\n".utf8).map(Int32.init))
    } else {
      #expect(inside.vocabulary.tokens.contains { $0.unicodeScalars.first == "\u{FEFF}" })
    }
  }

  /// What only another program unpacks is no text, of bytes neither.
  @Test(
    arguments: [
      ("bzip2", [0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x1E]),
      ("ZIP", [0x50, 0x4B, 0x03, 0x04, 0x14, 0, 0]), ("LZ4", [0x04, 0x22, 0x4D, 0x18, 0x64]),
      ("7-Zip", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0]), ("compress", [0x1F, 0x9D, 0x90]),
    ] as [(String, [UInt8])])
  func otherPackedFilesAreRefused(name: String, begin: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", begin + [UInt8](repeating: 0x61, count: 40))
    for kind in [TokenKind.byte, .word] {
      expectUserError(saying: "a' is packed by \(name), expected a text") {
        _ = try CorpusTokenizer.tokenize(
          files: [file], .init(kind), cacheFolder: folder.cache, threads: 1)
      }
    }
    expectUserError(saying: "a' is packed by \(name)") { _ = try LineReader(file) }
    // What begins like one and goes on otherwise is text.
    let text = try folder.file("text", "BZhao met PK at 7z")
    let found = try CorpusTokenizer.tokenize(
      files: [text], .init(.byte), cacheFolder: folder.cache, threads: 1)
    #expect(ids(found.tokens) == Array("BZhao met PK at 7z".utf8).map(Int32.init))
  }

  /// Whoever reads bytes is told of those that are left out.
  @Test func marksOfBytesAreTold() throws {
    let folder = try TemporaryFolder()
    let plain = try folder.file("plain", "the cat\n")
    let marked = try ["a", "b", "c"].map { try folder.file($0, "\u{FEFF}the cat\n") }
    func sentence(_ files: [URL], _ kind: TokenKind = .byte) throws -> String? {
      try CorpusFiles(files).markedBytesSentence(kind)
    }
    #expect(try sentence([plain]) == nil)
    #expect(try sentence(marked, .character) == nil)
    #expect(try #require(try sentence([plain, marked[1]])).contains("/b' is no text"))
    #expect(try #require(try sentence(marked)).contains("/a' and of 2 more is no text"))
    var told: [String] = []
    let store = try TokenStoreBuilder.build(
      CorpusFiles([plain, marked[0]]), .init(.byte), in: folder.cache, threads: 1
    ) { told.append($0) }
    #expect(store.manifest.tokens == 16 && told.count == 1)
    #expect(told.first?.contains("byte order mark") == true)
  }

  /// 1, 2 and 4 bytes an id.
  @Test(arguments: [200, 300, 70_000])
  func everyWidthHoldsItsVocabulary(types: Int) throws {
    let folder = try TemporaryFolder()
    let text = (0..<types).map { "w\($0)" }.joined(separator: " ") + "\n"
    let corpus = try CorpusTokenizer.tokenize(
      files: [try folder.file("text", text)], .init(.word), cacheFolder: folder.cache, threads: 2)
    let size = try Data(contentsOf: shard(corpus)).count
    #expect(size == 64 + (types + 1) * (types < 256 ? 1 : types < 65536 ? 2 : 4))
    let all = ids(corpus.tokens)
    #expect(corpus.vocabulary.decode(all) == text)
    var copied = [Int32](repeating: -1, count: types)
    corpus.tokens.copy(1..<types, into: &copied)
    #expect(Array(copied.dropLast()) == Array(all[1..<types]))
    #expect(copied.last == -1)
  }

  @Test func aGivenVocabularyMapsTheRestToUnknown() throws {
    let folder = try TemporaryFolder()
    let train = try CorpusTokenizer.tokenize(
      files: [try folder.file("train", "a b a\n")], .init(.word), cacheFolder: folder.cache,
      threads: 2)
    let valid = try CorpusTokenizer.tokenize(
      files: [try folder.file("valid", "b c a\n")], .init(train.vocabulary),
      cacheFolder: folder.cache, threads: 2)
    #expect(train.vocabulary.decode(ids(valid.tokens)) == "b <unk> a\n")
    #expect(valid.vocabulary == train.vocabulary)
  }

  @Test func aCharacterOutsideAGivenVocabularyIsNamed() throws {
    let folder = try TemporaryFolder()
    let train = try CorpusTokenizer.tokenize(
      files: [try folder.file("train", "abc")], .init(.character), cacheFolder: folder.cache,
      threads: 2)
    for (text, character, offset) in [("abca~", "'~' (U+007E)", 4), ("aé", "'é' (U+00E9)", 1)] {
      let file = try folder.file("valid.txt", text)
      expectUserError(
        saying: "valid.txt", character, "byte offset \(offset)", "--unknown other"
      ) {
        _ = try CorpusTokenizer.tokenize(
          files: [file], .init(train.vocabulary), cacheFolder: folder.cache, threads: 2)
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.cache.path).count == 1)
  }

  @Test func theCacheIsUsedUntilSomethingChanges() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("text", "hello world")
    func tokenize(_ kind: TokenKind = .character, _ limits: VocabularyLimits = .none) throws
      -> TokenizedCorpus
    {
      var recipe = TokenStoreBuilder.Recipe(kind)
      recipe.limits = limits
      return try CorpusTokenizer.tokenize(
        files: [file], recipe, cacheFolder: folder.cache, threads: 2)
    }
    let first = try tokenize()
    #expect(!first.isReused)
    let second = try tokenize()
    #expect(second.isReused)
    #expect(second.vocabulary == first.vocabulary)
    #expect(ids(second.tokens) == ids(first.tokens))
    #expect(second.tokens.contentDigest == first.tokens.contentDigest)
    // Other settings are other results, and do not push out the first.
    #expect(try !tokenize(.word).isReused)
    #expect(try !tokenize(.character, VocabularyLimits(minimumCount: 2)).isReused)
    #expect(try tokenize().isReused)
    // The same length and time, another content.
    let time = try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate]
    _ = try folder.file("text", "hello there")
    try FileManager.default.setAttributes(
      [.modificationDate: try #require(time)], ofItemAtPath: file.path)
    let changed = try tokenize()
    #expect(!changed.isReused)
    #expect(changed.vocabulary.decode(ids(changed.tokens)) == "hello there")
  }

  @Test func aDamagedCacheIsWrittenAgain() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("text", "hello world")
    let good = try CorpusTokenizer.tokenize(
      files: [file], .init(.character), cacheFolder: folder.cache, threads: 2)
    let content = try Data(contentsOf: shard(good))
    for damage in 0..<3 {
      var bytes = content
      switch damage {
      case 0: bytes.removeLast()
      case 1: bytes[bytes.count - 1] ^= 1
      default: bytes[20] ^= 1
      }
      try bytes.write(to: shard(good))
      expectUserError(saying: shard(good).path, "no complete token file", "delete it") {
        _ = try TokenFile.open(shard(good))
      }
      let again = try CorpusTokenizer.tokenize(
        files: [file], .init(.character), cacheFolder: folder.cache, threads: 2)
      #expect(!again.isReused)
      #expect(try Data(contentsOf: shard(good)) == content)
    }
  }

  @Test(arguments: [
    ([0x61, 0x62, 0xC3], 2), ([0x61, 0xFF, 0x62], 1), ([0xC0, 0x80, 0x61], 0),
    ([0x61, 0xED, 0xA0, 0x80], 1), ([0xF4, 0x90, 0x80, 0x80], 0), ([0xE0, 0x80, 0x80], 0),
  ])
  func illFormedTextIsRefusedWithItsPlace(bytes: [UInt8], offset: Int) throws {
    let folder = try TemporaryFolder()
    // Far into the file, so that offsets count over blocks.
    let before = 600_000
    let file = try folder.file(
      "bad.txt",
      Array(repeatElement(Array("xx\n".utf8), count: before / 3 - 1).joined())
        + Array("xx ".utf8) + bytes)
    let short = try folder.file("short.txt", bytes)
    for kind in [TokenKind.character, .word] {
      expectUserError(
        saying: "bad.txt' line 200000 is not UTF-8", "byte offset \(before + offset)",
        "--tokens byte"
      ) {
        _ = try CorpusTokenizer.tokenize(
          files: [file], .init(kind), cacheFolder: folder.cache, threads: 2)
      }
      expectUserError(saying: "short.txt' line 1 is", "byte offset \(offset)") {
        _ = try CorpusTokenizer.tokenize(
          files: [short], .init(kind), cacheFolder: folder.cache, threads: 2)
      }
    }
    _ = try CorpusTokenizer.tokenize(
      files: [file], .init(.byte), cacheFolder: folder.cache, threads: 2)
  }

  /// Texts that are written otherwise say so; of bytes they are texts.
  @Test func otherFormsOfTextAreNamed() throws {
    let folder = try TemporaryFolder()
    let wide = try folder.file("wide", [0xFF, 0xFE, 0x61, 0, 0x0A, 0, 0x62, 0, 0x0A, 0])
    let long = String(repeating: "word ", count: 120_000)
    let files = [
      (wide, "wide' line 1: the text is in UTF-16", "iconv -f UTF-16"),
      (
        try folder.file("mac", "one two\rthree\r"),
        "mac' ends its lines with carriage returns alone", "tr '\\r' '\\n'"
      ),
      (
        try folder.file("long", "a\r" + long + "\r" + long), "long' ends its lines with carriage",
        "hint"
      ),
    ]
    for (file, what, hint) in files {
      for kind in [TokenKind.word, .character, .subword] {
        for division in [WordDivision.blank, .punctuation]
        where kind == .word || division == .blank {
          var recipe = TokenStoreBuilder.Recipe(kind)
          recipe.division = division
          expectUserError(saying: what, hint) {
            _ = try CorpusTokenizer.tokenize(
              files: [file], recipe, cacheFolder: folder.cache, threads: 2)
          }
        }
      }
      _ = try CorpusTokenizer.tokenize(
        files: [file], .init(.byte), cacheFolder: folder.cache, threads: 2)
    }
    for text in ["a b\rc d", "a\rb\rc\nd"] {
      _ = try CorpusTokenizer.tokenize(
        files: [folder.file("text", text)], .init(.word), cacheFolder: folder.cache, threads: 2)
    }
  }

  @Test func filesThatCannotTrainAreRefused() throws {
    let folder = try TemporaryFolder()
    func refuse(_ file: URL, _ kind: TokenKind, _ parts: (String, String)) {
      expectUserError(saying: file.lastPathComponent, parts.0, parts.1) {
        _ = try CorpusTokenizer.tokenize(
          files: [file], .init(kind), cacheFolder: folder.cache, threads: 2)
      }
    }
    refuse(folder.url.appendingPathComponent("gone.txt"), .word, ("does not exist", "hint"))
    refuse(folder.url, .word, ("is a folder", "hint"))
    refuse(try folder.file("empty", ""), .byte, ("is empty", "hint"))
    refuse(try folder.file("one", "x"), .character, ("1 char token", "at least 2"))
    refuse(try folder.file("zeros", "ab\0c"), .word, ("looks binary", "--tokens byte"))
    refuse(
      try folder.file("wordless", String(repeating: "x", count: 3 << 20)), .word,
      ("a word of more than", "--tokens char"))
    expectUserError(saying: "no text files") {
      _ = try CorpusTokenizer.tokenize(
        files: [], .init(.word), cacheFolder: folder.cache, threads: 2)
    }
    // Nothing half-made stays behind.
    let left = (try? FileManager.default.contentsOfDirectory(atPath: folder.cache.path)) ?? []
    #expect(left == [])
  }

  /// The published counts of the Penn Treebank: Mikolov et al. (2010), Zaremba et al. (2014).
  @Test(.enabled(if: SharedData.url("ptb") != nil, "the shared PTB files are not here"))
  func pennTreebankHasItsPublishedCounts() throws {
    let folder = try TemporaryFolder()
    func file(_ name: String) throws -> URL { try #require(SharedData.url("ptb/ptb.\(name).txt")) }
    let train = try CorpusTokenizer.tokenize(
      files: [try file("train")], .init(.word), cacheFolder: folder.cache, threads: 2)
    #expect(train.tokens.count == 929_589)
    #expect(train.vocabulary.count == 10_000)
    for (name, count) in [("valid", 73_760), ("test", 82_430)] {
      let split = try CorpusTokenizer.tokenize(
        files: [try file(name)], .init(train.vocabulary), cacheFolder: folder.cache, threads: 2)
      #expect(split.tokens.count == count)
    }
  }
}
