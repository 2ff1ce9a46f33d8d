import Compute
import Corpora
import Foundation
import TestSupport
import Testing

/// A store holds what a text says, whoever made it and however often that was cut off.
@Suite struct TokenStoreTests {
  /// Two pieces of text in the first file, and files that end in their own ways.
  private static func files(_ folder: TemporaryFolder) throws -> CorpusFiles {
    var lines: [String] = []
    for index in 0..<30_000 {
      let words = (0...index % 11).map { "w\((index * 7 + $0 * $0) % 613)é" }
      lines.append(index % 17 == 3 ? "" : words.joined(separator: index % 5 == 0 ? "  " : " "))
    }
    return try CorpusFiles([
      folder.file("a", lines.joined(separator: "\n")), folder.file("b", "\n\none\n\n\ntwo three\n"),
      folder.file("c", "no end"),
    ])
  }

  private static func contents(_ store: TokenStore) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: store.url.path)
    return try names.reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: store.url.appendingPathComponent($1))
    }
  }

  private static func recipe(_ kind: TokenKind, shards: Int = 200_000) -> TokenStoreBuilder.Recipe {
    var recipe = TokenStoreBuilder.Recipe(kind)
    recipe.documents = .blankLine
    recipe.shardTokens = shards
    return recipe
  }

  @Test(arguments: TokenKind.allCases)
  func bytesAreThoseOfOneThread(kind: TokenKind) throws {
    let folder = try TemporaryFolder()
    let files = try Self.files(folder)
    let recipe = Self.recipe(kind, shards: 90_000)
    let one = try TokenStoreBuilder.build(
      files, recipe, in: folder.url.appendingPathComponent("one"), threads: 1)
    #expect(one.manifest.shards.count == (kind == .word || kind == .subword ? 2 : 3))
    let expected = try Self.contents(one)
    for threads in [2, 5] {
      let store = try TokenStoreBuilder.build(
        files, recipe, in: folder.url.appendingPathComponent("\(threads)"), threads: threads)
      #expect(try Self.contents(store) == expected)
    }
  }

  @Test(arguments: TokenKind.allCases)
  func tokensAreThoseOfTheText(kind: TokenKind) throws {
    let folder = try TemporaryFolder()
    let files = try Self.files(folder)
    let store = try TokenStoreBuilder.build(
      files, Self.recipe(kind), in: folder.url.appendingPathComponent("store"), threads: 2)
    let text = try files.files.map { file in
      let text = try String(contentsOf: file.url, encoding: .utf8)
      return kind == .word && !text.hasSuffix("\n") ? text + "\n" : text
    }.joined()
    let expected = try store.vocabulary.encode(text)
    try #require(store.count == expected.count)
    #expect((0..<store.count).allSatisfy { store[$0] == expected[$0] })
    // Across the borders of shards, a part at a time.
    var ids = [Int32](repeating: -1, count: store.count)
    ids.withUnsafeMutableBufferPointer { ids in
      guard let base = ids.baseAddress else { return }
      for start in stride(from: 0, to: store.count, by: 70_001) {
        store.copy(start..<min(start + 70_001, store.count), into: base + start)
      }
    }
    #expect(ids.indices.allSatisfy { ids[$0] == store[$0] })
  }

  /// Beside a plain reading of the text, line after line.
  @Test func linesAndDocumentsAreFound() throws {
    let folder = try TemporaryFolder()
    let files = try Self.files(folder)
    let store = try TokenStoreBuilder.build(
      files, Self.recipe(.word, shards: 1), in: folder.url.appendingPathComponent("store"),
      threads: 2)
    var (lines, documents): ([Int], [Int]) = ([], [])
    var tokens = 0
    for file in files.files {
      var text = try String(contentsOf: file.url, encoding: .utf8)
      if !text.hasSuffix("\n") { text += "\n" }
      var (isFirst, wasBlank) = (true, false)
      for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
        let words = line.split(separator: 0x20).count
        lines.append(tokens)
        if isFirst || wasBlank && words > 0 { documents.append(tokens) }
        (isFirst, wasBlank) = (false, words == 0)
        tokens += words + 1
      }
    }
    #expect(store.manifest.shards.count > 3)
    #expect(store.count == tokens)
    func stretches(_ starts: [Int]) -> [Range<Int>] {
      zip(starts, starts.dropFirst() + [tokens]).map { $0..<$1 }
    }
    #expect((0..<store.lineCount).map(store.line) == stretches(lines))
    #expect((0..<store.documentCount).map(store.document) == stretches(documents))
    for range in [0..<tokens, 5..<5, 1..<tokens - 1, tokens / 3..<tokens / 2] {
      #expect(store.lines(in: range).map { lines[$0] } == lines.filter(range.contains))
      #expect(store.documents(in: range).map { documents[$0] } == documents.filter(range.contains))
    }
  }

  /// Whatever file is being written when it ends.
  @Test(arguments: [TokenKind.character, .word, .subword])
  func whatIsCutOffGoesOnToTheSameBytes(kind: TokenKind) throws {
    let folder = try TemporaryFolder()
    let files = try Self.files(folder)
    let recipe = Self.recipe(kind, shards: 1)
    let straight = try TokenStoreBuilder.build(
      files, recipe, in: folder.url.appendingPathComponent("straight"), threads: 1)
    let url = folder.url.appendingPathComponent("cut")
    var (cuts, resumed) = (0, 0)
    while true {
      let counter = FaultCounter(failingAt: cuts + 1)
      do {
        let store = try FileSystem.withFaults(counter.fault) {
          try TokenStoreBuilder.build(files, recipe, in: url, threads: 1) {
            if $0.contains("going on behind") { resumed += 1 }
          }
        }
        #expect(try Self.contents(store) == Self.contents(straight))
        break
      } catch let error as UserError {
        #expect(error.message.contains("No space left"))
      }
      cuts += 1
      try #require(cuts < 100)
    }
    #expect(cuts > 5)
    #expect(resumed > 2)
  }

  /// Lets the n-th rename fail, as on a full disk.
  private final class FaultCounter: Sendable {
    private let count = Counter()
    private let place: Int

    init(failingAt place: Int) { self.place = place }

    func fault(_ call: FileCall) -> FileFault? {
      call.kind == .rename && count.next() == place ? .error(ENOSPC) : nil
    }
  }

  // MARK: Vocabularies

  @Test func aGivenVocabularyIsTaken() throws {
    let folder = try TemporaryFolder()
    func file(_ name: String, _ text: String) throws -> CorpusFiles {
      try CorpusFiles([folder.file(name, text)])
    }
    let first = try TokenStoreBuilder.build(
      file("a", "a b a\n"), .init(.word), in: folder.url.appendingPathComponent("one"), threads: 1)
    let second = try TokenStoreBuilder.build(
      file("b", "b c\na"), .init(first.vocabulary), in: folder.url.appendingPathComponent("two"),
      threads: 3)
    #expect(second.vocabulary == first.vocabulary)
    #expect(
      first.vocabulary.decode((0..<second.count).map { second[$0] }) == "b <unk>\na\n")
  }

  /// Of words that occur 1, 2, … 40 times, with room for 20.
  @Test func rareWordsAreForgottenByTheRule() throws {
    let folder = try TemporaryFolder()
    let words = (1...40).flatMap { Array(repeating: "w\($0)", count: $0) }
    let files = try CorpusFiles([folder.file("a", words.reversed().joined(separator: " ") + "\n")])
    var recipe = TokenStoreBuilder.Recipe(.word)
    recipe.mostWords = 20
    var told: [String] = []
    let store = try TokenStoreBuilder.build(
      files, recipe, in: folder.url.appendingPathComponent("store"), threads: 2
    ) { told.append($0) }
    #expect(
      store.vocabulary.tokens == ["<unk>"] + (31...40).reversed().map { "w\($0)" } + ["<eos>"])
    #expect(told.contains { $0.contains("forgotten 30 times") && $0.contains("up to 30") })
    #expect(store.count == words.count + 1)
  }

  // MARK: What is wrong

  @Test func damagedStoresAreRefused() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("store")
    func build() throws {
      _ = try TokenStoreBuilder.build(
        Self.files(folder), Self.recipe(.word, shards: 1), in: url, threads: 2)
    }
    func refuse(_ name: String, _ parts: (String, String), _ damage: (URL) throws -> Void) throws {
      if FileManager.default.fileExists(atPath: url.path) {
        try FileManager.default.removeItem(at: url)
      }
      try build()
      try damage(url.appendingPathComponent(name))
      expectUserError(saying: name, parts.0, parts.1, "hint") { _ = try TokenStore(url) }
    }
    try refuse("00001.tokens", ("does not exist", "")) {
      try FileManager.default.removeItem(at: $0)
    }
    try refuse("00001.lines", ("no complete token file", "delete it")) {
      #expect(truncate($0.path, 70) == 0)
    }
    try refuse("00000.tokens", ("the digest of its ids is wrong", "")) {
      var bytes = try Data(contentsOf: $0)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: $0)
    }
    try refuse("00000.tokens", ("is not the file that the store was made with", "anew")) {
      try Data(contentsOf: url.appendingPathComponent("00001.tokens")).write(to: $0)
    }
    try refuse("manifest.json", ("is no token store", "unroll tokenize")) {
      try FileManager.default.removeItem(at: $0)
    }
    try refuse("manifest.json", ("not the expected JSON", "anew")) {
      try Data("{".utf8).write(to: $0)
    }
    // More tokens than any shard has.
    try refuse("manifest.json", ("numbers that no shard has", "anew")) {
      let text = try String(contentsOf: $0, encoding: .utf8)
      let tokens = text.replacing("\"tokens\" : ", with: "\"tokens\" : 9000000000")
      try Data(tokens.utf8).write(to: $0)
    }
    let other = try TokenStoreBuilder.build(
      CorpusFiles([folder.file("x", "other words\n")]), .init(.word),
      in: folder.url.appendingPathComponent("other"), threads: 1)
    try refuse("00000.tokens", ("belongs to another vocabulary", "anew")) {
      try Data(contentsOf: other.url.appendingPathComponent("00000.tokens")).write(to: $0)
    }
    try refuse("vocabulary.json", ("is not the vocabulary", "anew")) {
      try Data(contentsOf: other.url.appendingPathComponent("vocabulary.json")).write(to: $0)
    }
  }

  @Test func textsThatChangeAreRefused() throws {
    let folder = try TemporaryFolder()
    let files = try Self.files(folder)
    let url = folder.url.appendingPathComponent("store")
    _ = try folder.file("c", "another end")
    expectUserError(saying: "c' has changed while it was read", "begin again") {
      _ = try TokenStoreBuilder.build(files, Self.recipe(.word), in: url, threads: 2)
    }
    // What is made of the new text, is made anew.
    let store = try TokenStoreBuilder.build(
      CorpusFiles(files.files.map(\.url)), Self.recipe(.word), in: url, threads: 2)
    #expect(store.vocabulary.id(of: "another") != store.vocabulary.unknownID)
    expectUserError(saying: "holds a token store of something else", "--overwrite") {
      _ = try TokenStoreBuilder.build(
        CorpusFiles(files.files.map(\.url)), Self.recipe(.byte), in: url, threads: 2)
    }
    #expect(try TokenStore(url).contentDigest == store.contentDigest)
    let replaced = try TokenStoreBuilder.build(
      CorpusFiles(files.files.map(\.url)), Self.recipe(.byte), in: url, replaces: true, threads: 2)
    #expect(replaced.vocabulary == .bytes)
    #expect(try Self.contents(replaced).keys.filter { $0.contains("progress") }.isEmpty)
  }

  /// A store's files would take the places of others.
  @Test func foldersOfOthersAreLeftAlone() throws {
    let folder = try TemporaryFolder()
    let files = try CorpusFiles([folder.file("a", "one two\n")])
    func build(_ url: URL) throws {
      _ = try TokenStoreBuilder.build(
        files, Self.recipe(.word), in: url, replaces: true, threads: 1)
    }
    for names in [
      ["config.toml", "lock", "metrics.jsonl", "vocabulary.json"], ["notes.txt"], ["manifest.json"],
      ["vocabulary.json"],
    ] {
      let url = folder.url.appendingPathComponent(names[0] + " folder")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      for name in names { try Data("{}".utf8).write(to: url.appendingPathComponent(name)) }
      expectUserError(
        saying: "folder' is not empty and holds no token store: found '\(names[0])'",
        "an empty or a new folder"
      ) { try build(url) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() == names)
      for name in names {
        #expect(try Data(contentsOf: url.appendingPathComponent(name)) == Data("{}".utf8))
      }
    }
    // Beside a store a user may keep something; a run that got one is still a run.
    let url = folder.url.appendingPathComponent("store")
    try build(url)
    try Data().write(to: url.appendingPathComponent("README"))
    try build(url)
    for name in ["config.toml", "metrics.jsonl"] {
      try Data().write(to: url.appendingPathComponent(name))
    }
    expectUserError(saying: "holds no token store: found 'README'") { try build(url) }
  }

  @Test func badTextsAreRefused() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("store")
    func refuse(_ bytes: [UInt8], _ kind: TokenKind, _ part: String) throws {
      let files = try CorpusFiles([folder.file("a", "good\n"), folder.file("bad", bytes)])
      for threads in [1, 3] {
        expectUserError(saying: "bad'", part) {
          _ = try TokenStoreBuilder.build(files, .init(kind), in: url, threads: threads)
        }
      }
    }
    try refuse(Array("ab\ncd\0".utf8), .word, "line 2 looks binary")
    try refuse([0x61, 0xFF], .character, "line 1 is not UTF-8")
    try refuse(Array(repeating: 0x78, count: 3 << 20), .word, "a word of more than")
    try refuse(
      [0x1F, 0x8B, 8, 0, 0, 0, 0, 0], .word, "compressed and cut short: it ends at byte 8")
    try refuse(
      [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 7, 7, 7, 7], .word, "compressed and damaged at byte ")
    expectUserError(saying: "is empty") {
      _ = try CorpusFiles([folder.file("nothing", "")])
    }
    expectUserError(saying: "gives 1 char token, expected at least 2") {
      _ = try TokenStoreBuilder.build(
        CorpusFiles([folder.file("one", "x")]), .init(.character), in: url, threads: 2)
    }
  }
}

/// Counts calls, from any thread.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0

  func next() -> Int {
    lock.withLock {
      count += 1
      return count
    }
  }
}
