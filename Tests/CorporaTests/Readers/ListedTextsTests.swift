import Compute
import Corpora
import Testing

/// Texts and sentences that do not stay in memory.
@Suite struct ListedTextsTests {
  private static let texts = ["b", "", "straße", "b", "B", "\u{E9}", "e\u{301}", "", "straße", "z"]

  @Test(arguments: [0, 1 << 20])
  func textsComeBackByteForByte(limit: Int) throws {
    try withListMemory(limit: limit) {
      var list = TextList()
      for text in Self.texts { try list.append(utf8: text.utf8) }
      #expect(list.map { Array($0.utf8) } == Self.texts.map { Array($0.utf8) })
    }
  }

  /// By bytes, however many passes are made: é is another text than e with an accent.
  @Test(arguments: [1, 100, 1 << 20])
  func equalTextsAreNumberedAsTheyAppear(budget: Int) throws {
    let (count, groups) = try EqualTexts.groups(Self.texts, budget: budget)
    #expect(count == 7 && Array(groups) == [0, 1, 2, 0, 3, 4, 5, 1, 2, 6])
  }

  @Test(arguments: [0, 1 << 20])
  func sentencesComeBack(limit: Int) throws {
    let sentences = [
      TaggedSentence(words: ["a", "b", "a"], tags: ["O", "X", "O"], lines: [4, 5, 6]),
      TaggedSentence(words: ["b"], tags: ["O"], columns: [["NN"], ["b"]], lines: [9]),
      TaggedSentence(
        words: ["c", "é"], tags: ["O", "Y"], columns: [["p", "q"], ["r", "s"], ["t", "u"]],
        intent: "a", lines: [7, 7]),
      TaggedSentence(words: ["d", "e", "f"], columns: [["1", "2", "3"]], lines: [2, 9, 3]),
      TaggedSentence(words: ["e\u{301}", ""], tags: ["O", "O"], intent: "", lines: [1, 3]),
    ]
    try withListMemory(limit: limit) {
      var list = TaggedSentences()
      for sentence in sentences { try list.append(sentence) }
      #expect(Array(list) == sentences)
      #expect(list[4].words.map { Array($0.utf8) } == [[0x65, 0xCC, 0x81], []])
      let read = list.reading(features: [3, 1], tag: 2)[2]
      #expect(read.columns == [["t", "u"], ["p", "q"]] && read.tags == ["r", "s"])
      #expect(read.words == ["c", "é"] && read.intent == "a")
      #expect(list.reading(features: [1], tag: nil)[1].tags == ["O"])
    }
  }
}
