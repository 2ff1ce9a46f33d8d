import Corpora
import Foundation
import TestSupport
import Testing

/// A store of subwords holds what the tokenizer makes of each line of the text.
@Suite struct SubwordStoreTests {
  /// Lines of all kinds of ends and white space, a piece and more of them.
  private static let lines: [String] = (0..<24_000).map { index in
    let words = (0...index % 9).map { "wörd\((index * 7 + $0 * $0) % 613)'s" }
    let text = words.joined(separator: index % 4 == 0 ? "  " : " ")
    return switch index % 13 {
    case 3: "\n"
    case 5: "  " + text + "  \n"
    case 8: text + "\r\n"
    case 11: "<mark> " + text + "<mark>\n"
    default: text + "\n"
    }
  }

  /// Learnt apart from the store, with an added piece.
  private static func tokenizer(addsPrefixSpace: Bool) throws -> SubwordTokenizer {
    var configuration = SubwordTrainer.Configuration(
      vocabularySize: 420, splitting: .byteLevel(addsPrefixSpace: addsPrefixSpace))
    configuration.specials = ["<mark>"]
    var trainer = try SubwordTrainer(configuration)
    for line in lines.prefix(300) { trainer.add(line) }
    return try trainer.train()
  }

  private static func store(
    _ files: [URL], _ recipe: TokenStoreBuilder.Recipe, in folder: TemporaryFolder,
    threads: Int = 2
  ) throws -> TokenStore {
    try TokenStoreBuilder.build(
      CorpusFiles(files), recipe, in: folder.url.appendingPathComponent("store-\(threads)"),
      threads: threads)
  }

  @Test(arguments: [false, true])
  func linesAreEncodedOneByOne(addsPrefixSpace: Bool) throws {
    let folder = try TemporaryFolder()
    let tokenizer = try Self.tokenizer(addsPrefixSpace: addsPrefixSpace)
    var recipe = TokenStoreBuilder.Recipe(try .subwords(tokenizer))
    recipe.documents = .blankLine
    recipe.shardTokens = 50_000
    let files = [
      try folder.file("a", Self.lines.joined()), try folder.file("b", "\n\nno end"),
    ]
    let store = try Self.store(files, recipe, in: folder)
    var (ids, lines, documents): ([Int32], [Int], [Int]) = ([], [], [])
    var encoder = SubwordEncoder(tokenizer)
    for (place, line) in (Self.lines + ["\n", "\n", "no end"]).enumerated() {
      let isBlank = line == "\n" && !addsPrefixSpace
      let wasBlank = place > 0 && Self.lines[min(place - 1, Self.lines.count - 1)] == "\n"
      let isFirst = place == 0 || place == Self.lines.count
      let isLast = place == Self.lines.count + 2
      if !addsPrefixSpace, isFirst || isLast || wasBlank && !isBlank { documents.append(ids.count) }
      lines.append(ids.count)
      ids += encoder.encode(line)
    }
    try #require(store.count == ids.count)
    #expect(ids.indices.allSatisfy { store[$0] == ids[$0] })
    #expect((0..<store.lineCount).map { store.line($0).lowerBound } == lines)
    // With a space put before it a blank line is one of two tokens.
    if !addsPrefixSpace {
      #expect((0..<store.documentCount).map { store.document($0).lowerBound } == documents)
    }
    #expect(store.manifest.shards.count > 2)
    #expect(
      store.contentDigest == (try Self.store(files, recipe, in: folder, threads: 5)).contentDigest)
  }

  /// A line longer than what is read at once is cut where words end.
  @Test(arguments: [false, true])
  func aLongLineIsOneText(addsPrefixSpace: Bool) throws {
    let folder = try TemporaryFolder()
    let tokenizer = try Self.tokenizer(addsPrefixSpace: addsPrefixSpace)
    let text = Self.lines.joined().replacing("\n", with: "   ") + Self.lines.joined().prefix(90)
    #expect(text.utf8.count > 1_300_000)
    let store = try Self.store(
      [folder.file("a", text)], .init(.subwords(tokenizer)), in: folder)
    let ids = try store.vocabulary.encode(text)
    try #require(store.count == ids.count)
    #expect(ids.indices.allSatisfy { store[$0] == ids[$0] })
  }

  /// The vocabulary is the one that the same lines give when they are added one by one.
  @Test func subwordsAreLearntFromLines() throws {
    let folder = try TemporaryFolder()
    var recipe = TokenStoreBuilder.Recipe(.subword)
    recipe.limits = VocabularyLimits(keeping: 500, minimumCount: 3)
    let store = try Self.store([folder.file("a", Self.lines.joined())], recipe, in: folder)
    var configuration = SubwordTrainer.Configuration(vocabularySize: 500)
    configuration.minimumCount = 3
    var trainer = try SubwordTrainer(configuration)
    for line in Self.lines { trainer.add(line) }
    #expect(store.vocabulary.count == 500)
    #expect(store.vocabulary.subwords == (try trainer.train()))
    expectUserError(saying: "--vocab-size 256 is too small", "257") {
      recipe.limits = VocabularyLimits(keeping: 256, minimumCount: 1)
      _ = try Self.store([folder.file("b", "a b")], recipe, in: folder, threads: 1)
    }
  }

  /// Memory is bounded: the rarest words are forgotten, and what is left is learnt from.
  @Test func rareWordsAreForgotten() throws {
    let folder = try TemporaryFolder()
    var recipe = TokenStoreBuilder.Recipe(.subword)
    recipe.mostWords = 40
    var told: [String] = []
    let store = try TokenStoreBuilder.build(
      CorpusFiles([folder.file("a", Self.lines.prefix(500).joined())]), recipe,
      in: folder.url.appendingPathComponent("store"), threads: 1
    ) { told.append($0) }
    #expect(told.contains { $0.contains("more than 40 distinct words") })
    #expect((257..<300).contains(store.vocabulary.count))
    #expect(
      store.vocabulary.decode((0..<store.count).map { store[$0] })
        == Self.lines.prefix(500).joined())
  }

  // MARK: Vocabularies

  @Test func aSavedVocabularyIsReadBack() throws {
    let folder = try TemporaryFolder()
    var parts = try Self.tokenizer(addsPrefixSpace: true).parts
    parts.added[0].isSpecial = false
    parts.added[0].isSingleWord = true
    parts.added[0].stripsLeft = true
    parts.fusesUnknown = true
    parts.unknownID = 5
    let vocabulary = try Vocabulary.subwords(SubwordTokenizer(parts))
    let file = folder.url.appendingPathComponent("vocabulary.json")
    try vocabulary.save(to: file)
    let read = try Vocabulary(contentsOf: file)
    #expect(read == vocabulary && read.subwords == vocabulary.subwords)
    #expect(read.subwords?.parts.added == parts.added && read.unknownID == 5)
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains("\"version\" : 2"))
    // A merge of the half; another one.
    for (from, to) in [
      ("\"merges\" : [", "\"merges\" : [ 1,"),
      ("\"addsPrefixSpace\" : true", "\"addsPrefixSpace\" : false"),
    ] {
      try #require(text.contains(from))
      try text.replacing(from, with: to).write(to: file, atomically: true, encoding: .utf8)
      expectUserError(saying: "vocabulary.json", "hint") { _ = try Vocabulary(contentsOf: file) }
    }
  }

  @Test func whatForgetsWhiteSpaceIsRefused() {
    expectUserError(saying: "white space", "ByteLevel") {
      _ = try Vocabulary.subwords(
        SubwordTokenizer(.init(pieces: ["a", "b"], merges: [], splitting: .whitespace)))
    }
  }

  /// Characters of the text, whatever its subwords are.
  @Test(arguments: [false, true])
  func charactersAreCounted(addsPrefixSpace: Bool) throws {
    let tokenizer = try Self.tokenizer(addsPrefixSpace: addsPrefixSpace)
    let vocabulary = try Vocabulary.subwords(tokenizer)
    let lengths = SubwordLengths(tokenizer)
    for text in ["a", "wörd7's 🙂語\n\nwörd  \r\n<mark>e\u{301}", Self.lines.prefix(4).joined()] {
      let ids = try vocabulary.encode(text)
      for cut in [0, ids.count / 2, ids.count - 1] {
        let counts = [ids[..<cut], ids[cut...]].map { part in
          Array(part).withUnsafeBufferPointer {
            lengths.characters(of: $0, after: part.startIndex > 0 ? ids[part.startIndex - 1] : nil)
          }
        }
        #expect(counts[0] + counts[1] == text.unicodeScalars.count, "\(text)")
      }
    }
  }
}
