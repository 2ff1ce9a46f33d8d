import Compute
import Corpora
import Foundation
import TestSupport
import Testing

@Suite struct SubwordTests {
  private func trained(
    _ texts: [String], size: Int, _ splitting: WordSplitting = .byteLevel(addsPrefixSpace: false),
    change: (inout SubwordTrainer.Configuration) -> Void = { _ in }
  ) throws -> SubwordTokenizer {
    var configuration = SubwordTrainer.Configuration(vocabularySize: size, splitting: splitting)
    change(&configuration)
    var trainer = try SubwordTrainer(configuration)
    for text in texts { trainer.add(text) }
    return try trainer.train()
  }

  /// The library's own example: re, are, is.
  @Test func theMostFrequentPairsBecomePieces() throws {
    let tokenizer = try trained(
      ["roses are red voilets are blue BERT is big and so is GPT-2"], size: 100, .whitespace)
    #expect(tokenizer.parts.pieces.suffix(3) == ["re", "are", "is"])
    #expect(tokenizer.count == 25)
    #expect(tokenizer.encode("are").count == 1)
    #expect(tokenizer.id(of: "are") == 23 && tokenizer.id(of: "rea") == nil)
  }

  @Test func bytesBringEveryTextBack() throws {
    let tokenizer = try trained(["héllo wörld 今天 héllo"], size: 300)
    for text in ["", " ", "héllo\n\n  wörld\r\n", "e\u{301} 👩‍👩‍👧 \u{0}\u{7F}\u{85}", "never seen: ∑"] {
      #expect(Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8))
    }
    // Half a character is shown as such, not a trap.
    let half = try #require(tokenizer.id(of: "Ã"))
    #expect(tokenizer.decode([half]) == "\u{FFFD}")
  }

  @Test func aSuffixTellsWhereWordsEnd() throws {
    let tokenizer = try trained(["lower low lowest low"], size: 60, .whitespace) {
      $0.endOfWordSuffix = "</w>"
      $0.specials = ["<unk>", "</s>"]
      $0.unknown = "<unk>"
    }
    #expect(tokenizer.decode(tokenizer.encode(" low  lower\tlowest\n")) == "low lower lowest")
    #expect(tokenizer.encode("low").count == 1)
    let ids = tokenizer.encode("low</s>x low", findsAdded: true)
    #expect(ids.contains(1) && ids.contains(0))
    #expect(!tokenizer.encode("low</s>", findsAdded: false).contains(1))
  }

  @Test func longWordsAreMergedInOrder() throws {
    let tokenizer = try trained(["aaaaaaaa aaaa aa"], size: 259) { $0.minimumCount = 1 }
    let ids = tokenizer.encode(String(repeating: "a", count: 100_001))
    // Merges: aa, aaaa, and aa after a space.
    #expect(ids.count == 25_001)
    #expect(tokenizer.decode(ids) == String(repeating: "a", count: 100_001))
  }

  @Test func theOrderOfTextsDoesNotMatter() throws {
    let texts = ["the cat sat", "on the mat", "that the cat had", "'s 12 the"]
    let tokenizer = try trained(texts, size: 260)
    #expect(try trained(texts.reversed(), size: 260) == tokenizer)
    #expect(try trained(texts, size: 259) != tokenizer)
  }

  @Test func whatCannotBeTrainedIsSaid() {
    expectUserError(saying: "alone are 258", "more pieces") {
      _ = try trained(["a"], size: 257) { $0.specials = ["<s>", "</s>"] }
    }
    expectUserError(saying: "there twice") {
      _ = try trained(["a"], size: 300) { $0.specials = ["<s>", "<s>"] }
    }
    expectUserError(saying: "'<unk>'", "none of the specials") {
      _ = try trained(["a"], size: 300) { $0.unknown = "<unk>" }
    }
    expectUserError(saying: "end-of-word suffix '</w>'") {
      _ = try trained(["a"], size: 300) { $0.endOfWordSuffix = "</w>" }
    }
    expectUserError(saying: "is empty") {
      let folder = try TemporaryFolder()
      var trainer = try SubwordTrainer(.init(vocabularySize: 300))
      try trainer.add(contentsOf: folder.file("empty.txt", ""))
    }
  }

  @Test func partsThatDoNotFitAreRefused() {
    func make(_ pieces: [String], _ merges: [(Int32, Int32)] = [], added: [Int32] = []) throws {
      var parts = SubwordTokenizer.Parts(
        pieces: pieces, merges: merges.map { .init($0.0, $0.1) }, splitting: .whitespace)
      parts.added = added.map { .init(id: $0, isSpecial: false) }
      _ = try SubwordTokenizer(parts)
    }
    expectUserError(saying: "'a' is there twice") { try make(["a", "a"]) }
    expectUserError(saying: "merge 0 has parts outside") { try make(["a"], [(0, 1)]) }
    expectUserError(saying: "merge 0 makes 'ab'") { try make(["a", "b"], [(0, 1)]) }
    expectUserError(saying: "'a b' is there twice") {
      try make(["a", "b", "ab"], [(0, 1), (0, 1)])
    }
    expectUserError(saying: "the id 1 is that of no piece") { try make(["a"], added: [1]) }
    expectUserError(saying: "the id 1 is that of no piece") { try make(["a", ""], added: [1]) }
  }
}
