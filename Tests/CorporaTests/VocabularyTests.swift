import Corpora
import Foundation
import TestSupport
import Testing

struct VocabularyTests {
  private func vocabulary(
    _ text: String, _ kind: TokenKind, _ limits: VocabularyLimits = .none
  ) throws -> Vocabulary {
    let folder = try TemporaryFolder()
    var recipe = TokenStoreBuilder.Recipe(kind)
    recipe.limits = limits
    return try CorpusTokenizer.tokenize(
      files: [folder.file("text", text)], recipe, cacheFolder: folder.cache, threads: 2
    ).vocabulary
  }

  @Test func charactersAreOrderedByCodePoint() throws {
    let vocabulary = try vocabulary("héba\nabé語", .character)
    #expect(vocabulary.tokens == ["\n", "a", "b", "h", "é", "語"])
    #expect(vocabulary.unknownID == nil)
    #expect(vocabulary.endOfSentenceID == nil)
  }

  @Test func wordsAreOrderedByCountThenByBytes() throws {
    let vocabulary = try vocabulary("c b a\nb c é\nb\n", .word)
    // <eos> and b 3 times, c twice, a and é once, <unk> never.
    #expect(vocabulary.tokens == ["<eos>", "b", "c", "a", "é", "<unk>"])
    #expect(vocabulary.endOfSentenceID == 0)
    #expect(vocabulary.unknownID == 5)
  }

  @Test func aSpeltOutSpecialIsTheSpecial() throws {
    let vocabulary = try vocabulary("<unk> a <unk> <unk>\na a\n", .word)
    #expect(vocabulary.tokens == ["<unk>", "a", "<eos>"])
    #expect(try vocabulary.encode("<unk> b\n") == [0, 0, 2])
  }

  @Test func limitsKeepTheMostFrequent() throws {
    let text = "a a a b b c c d\n"
    let sized = try vocabulary(text, .word, VocabularyLimits(size: 4))
    // c and d become <unk>: three of them, as many as a; '<' sorts before 'a'.
    #expect(sized.tokens == ["<unk>", "a", "b", "<eos>"])
    let counted = try vocabulary(text, .word, VocabularyLimits(minimumCount: 2))
    #expect(counted.tokens == ["a", "b", "c", "<eos>", "<unk>"])
    let characters = try vocabulary("cccbbaad", .character, VocabularyLimits(size: 3))
    #expect(characters.tokens == ["a", "c", "<unk>"])
    #expect(try characters.encode("dab") == [2, 0, 2])
  }

  @Test func charactersHaveASlotForOthersIfAsked() throws {
    let vocabulary = try vocabulary("abba", .character, VocabularyLimits(hasUnknown: true))
    #expect(vocabulary.tokens == ["a", "b", "<unk>"])
    #expect(try vocabulary.encode("bza") == [1, 2, 0])
  }

  @Test func impossibleLimitsAreRefused() {
    expectUserError(saying: "--vocab-size 2", "at least 3") {
      _ = try vocabulary("a b", .word, VocabularyLimits(size: 2))
    }
    expectUserError(saying: "--min-count 0") {
      _ = try vocabulary("a b", .character, VocabularyLimits(minimumCount: 0))
    }
    expectUserError(saying: "do not apply to bytes") {
      _ = try vocabulary("a b", .byte, VocabularyLimits(size: 100))
    }
  }

  @Test func promptsAreEncodedAndDecoded() throws {
    let words = try vocabulary(
      "the pear salad\nand more-than-eight-bytes more-than-eight-bytez\n", .word)
    let text = "the pear\nmore-than-eight-bytez salad"
    #expect(try words.decode(words.encode(text)) == text)
    #expect(try words.encode("  the \t pear\r\n").count == 3)
    #expect(try words.decode(words.encode("the apple")) == "the <unk>")
    #expect(try words.encode("") == [])
    let characters = try vocabulary("héllo 語", .character)
    #expect(try characters.decode(characters.encode("é語o")) == "é語o")
    #expect(try Vocabulary.bytes.encode("é") == [0xC3, 0xA9])
  }

  @Test func anUnknownCharacterIsNamedWithItsPlace() throws {
    let characters = try vocabulary("abc", .character)
    expectUserError(saying: "'é' (U+00E9)", "byte offset 2", "--unknown other") {
      _ = try characters.encode("abé")
    }
  }

  /// A precomposed and a decomposed é are equal to Swift's String, but not to a corpus.
  @Test func canonicallyEquivalentWordsStayApart() throws {
    let words = try vocabulary("\u{E9} e\u{301} e\u{301}\n", .word)
    #expect(words.count == 4)
    #expect(try words.encode("\u{E9}") != words.encode("e\u{301}"))
  }

  @Test func bytesAreDecodedAsTheyCompleteScalars() {
    var decoder = TextDecoder(.bytes)
    let text = "a語🙂"
    let pieces = text.utf8.map { decoder.append(Int32($0)) }
    #expect(pieces == ["a", "", "", "語", "", "", "", "🙂"])
    #expect(decoder.finish() == "")
    // Ill-formed: a lone continuation byte, a scalar cut off by a letter, one cut off by the end.
    #expect(
      Vocabulary.bytes.decode([0x80, 0xE8, 0xAA, 0x61, 0xF0, 0x9F]) == "\u{FFFD}\u{FFFD}a\u{FFFD}")
  }

  @Test func wordsAreJoinedAsTheyCome() throws {
    let words = try vocabulary("a b\n", .word)
    var decoder = TextDecoder(words)
    let ids = try words.encode("a b\n\nb")
    #expect(ids.map { decoder.append($0) } == ["a", " b", "\n", "\n", "b"])
  }

  @Test(arguments: [TokenKind.character, .word, .byte])
  func aSavedVocabularyIsReadBack(kind: TokenKind) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("deep/vocabulary.json")
    let limits = kind == .byte ? VocabularyLimits.none : VocabularyLimits(minimumCount: 2)
    let original = try vocabulary("a \"/\\\u{7F}é e\u{301}\ta\r\n é\" \\ \u{2028}x", kind, limits)
    try original.save(to: file)
    let copy = try Vocabulary(contentsOf: file)
    #expect(copy == original)
    #expect(copy.digest == original.digest)
    #expect(copy.tokens.map { Array($0.utf8) } == original.tokens.map { Array($0.utf8) })
    #expect(copy.unknownID == original.unknownID)
    #expect(copy.endOfSentenceID == original.endOfSentenceID)
  }

  @Test func aBadVocabularyFileIsRefused() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("vocabulary.json")
    expectUserError(saying: "vocabulary.json", "does not exist") {
      _ = try Vocabulary(contentsOf: file)
    }
    try vocabulary("abc", .character).save(to: file)
    let good = try String(contentsOf: file, encoding: .utf8)
    let damages = [
      ("\"a\"", "\"z\"", "was changed"), ("\"a\"", "\"b\"", "no char vocabulary"),
      ("\"char\"", "\"syllable\"", "'syllable'"),
      ("\"version\" : 1", "\"version\" : 9", "format 9"),
      ("{", "", "JSON"), ("\"unroll-vocabulary\"", "\"other\"", "'other'"),
    ]
    for (old, new, message) in damages {
      #expect(good.contains(old))
      let bad = try folder.file("bad.json", good.replacingOccurrences(of: old, with: new))
      expectUserError(saying: "bad.json", message) { _ = try Vocabulary(contentsOf: bad) }
    }
  }
}
