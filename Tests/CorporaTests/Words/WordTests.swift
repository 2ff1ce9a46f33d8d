import Compute
import Corpora
import Foundation
import TestSupport
import Testing

struct WordFormTests {
  @Test func formsAreApplied() {
    #expect(WordForm().apply("Route66") == "Route66")
    #expect(WordForm(isLowercased: true).apply("ÉCOLE") == "école")
    #expect(WordForm(isLowercased: true, hidesDigits: true).apply("A-320é") == "a-000é")
  }

  @Test(arguments: [
    ("McDonald's", "XxXx'x"), ("A-320", "X-d"), ("U.S.", "X.X."), ("iPhone4", "xXxd"), ("...", "."),
    ("Δελτα", "Xx"), ("", ""),
  ])
  func shapesAreTaken(word: String, shape: String) {
    #expect(WordForm.shape(of: word) == shape)
  }
}

struct LetterTrigramsTests {
  @Test func wordsAreHashed() throws {
    #expect(LetterTrigrams.trigrams(of: "cat") == ["#ca", "cat", "at#"])
    #expect(LetterTrigrams.trigrams(of: "a") == ["#a#"])
    #expect(LetterTrigrams.trigrams(of: "über") == ["#üb", "übe", "ber", "er#"])
    #expect(LetterTrigrams.trigrams(of: "") == [])
    let trigrams = try LetterTrigrams(words: ["cat", "banana", "cats"])
    // ana twice; <unk> and <eos> beside 3 + 5 + 2 distinct trigrams.
    #expect(trigrams.count == 12)
    let banana = trigrams.ids(of: "banana").map { trigrams.vocabulary.tokens[Int($0)] }
    #expect(banana == ["#ba", "ban", "ana", "nan", "ana", "na#"])
    let unseen = trigrams.ids(of: "cab").map { trigrams.vocabulary.tokens[Int($0)] }
    #expect(unseen == ["#ca", "<unk>", "<unk>"])
    #expect(LetterTrigrams(trigrams.vocabulary) == trigrams)
  }
}

struct TextVocabularyTests {
  @Test func everythingElseHasOneSlot() throws {
    let words = try Vocabulary.of(["a b a", "c a"], kind: .word, limits: .init(minimumCount: 2))
    #expect(words.tokens == ["<unk>", "a", "<eos>"] || words.tokens == ["a", "<unk>", "<eos>"])
    #expect(words.id(of: "a") == Int32(words.tokens.firstIndex(of: "a") ?? -1))
    #expect(words.id(of: "zebra") == words.unknownID)
    let characters = try Vocabulary.of(["né", "e"], kind: .character)
    #expect(characters.tokens == ["e", "n", "é", "<unk>"])
    #expect(try characters.encode("xé") == [3, 2])
    #expect(characters.id(of: "é") == 2)
    #expect(characters.id(of: "ab") == 3)
    #expect(Vocabulary.bytes.id(of: "A") == 65)
  }

  @Test(arguments: [TokenKind.word, .character])
  func countedTextsAreThoseTexts(kind: TokenKind) throws {
    let limits = VocabularyLimits(minimumCount: 3)
    let counted = try Vocabulary.of(
      counted: [("né b", 2), ("b\nc", 1), ("c", 2)].map { (text: $0, count: $1) }, kind: kind,
      limits: limits)
    let texts = ["né b", "c", "b\nc", "né b", "c"]
    #expect(try counted == Vocabulary.of(texts, kind: kind, limits: limits))
    #expect(counted.tokens.contains("b") && !counted.tokens.contains("n"))
  }

  @Test func aTextWithoutATokenIsRefused() throws {
    let words = try Vocabulary.of(["a"], kind: .word)
    expectUserError(saying: "text 2: a sequence of length zero") {
      _ = try IDSequences(["a", " \t "], words)
    }
    #expect(try Array(IDSequences(["a"], words).lengths) == [1])
  }
}

struct WordVectorsTests {
  private func vocabulary() throws -> Vocabulary {
    try .of(["the the the cat cat New sat"], kind: .word)
  }

  private func vector(_ vectors: WordVectors, _ word: String, _ vocabulary: Vocabulary) -> [Float]?
  {
    guard let id = vocabulary.id(of: word), let row = vectors.ids.firstIndex(of: id) else {
      return nil
    }
    return Array(vectors.values[row * vectors.dimension..<(row + 1) * vectors.dimension])
  }

  @Test func gloveAndWord2VecAreRead() throws {
    let folder = try TemporaryFolder()
    let vocabulary = try vocabulary()
    let body = "the 0.1 -2 3e1\ncat 1 2 3 \nnew 7 8 9\nother x y z\nthe 4 4 4\n. . . 1 2 3\n"
    let glove = try WordVectors.read(
      folder.file("glove", body), for: vocabulary, dimension: 3, fallsBackToLowercase: true)
    #expect(glove.dimension == 3)
    #expect(vector(glove, "the", vocabulary) == [0.1, -2, 30])
    #expect(vector(glove, "cat", vocabulary) == [1, 2, 3])
    #expect(vector(glove, "New", vocabulary) == [7, 8, 9])
    #expect(vector(glove, "sat", vocabulary) == nil)
    #expect(glove.vectorCount == 6)
    #expect(glove.duplicateCount == 1)
    #expect(glove.ids == glove.ids.sorted())
    let word2vec = try WordVectors.read(folder.file("w2v", "6 3\n" + body), for: vocabulary)
    #expect(vector(word2vec, "cat", vocabulary) == [1, 2, 3])
    #expect(vector(word2vec, "New", vocabulary) == nil)
    // A word with blanks keeps its own.
    let blanks = try WordVectors.read(
      folder.file("blanks", "x 1 2\nNew York 3 4\nNew 5 6\n"), for: vocabulary)
    #expect(vector(blanks, "New", vocabulary) == [5, 6])
  }

  /// A first line that no width is, is no header but a word.
  @Test func aHeaderSaysAWidth() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("v", "1 9223372036854775807\nthe 0.5\ncat 2 3\n")
    #expect(try WordVectors.read(file, for: vocabulary()).dimension == 1)
  }

  @Test func binaryVectorsAreTold() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("v.bin")
    let numbers: [UInt8] = [0, 0, 0x80, 0x3F, 0xFF, 0xFE, 1, 2, 9, 9, 9, 0x40]
    try (Data("2 3\na ".utf8) + numbers + Data("\nb ".utf8)).write(to: url)
    let vocabulary = try vocabulary()
    expectUserError(saying: "line 2", "word2vec's binary form", "binary=True") {
      _ = try WordVectors.read(url, for: vocabulary)
    }
    try Data([0x61, 0x20, 0x31, 0x0A, 0xE9, 0x20, 0x31]).write(to: url)
    expectUserError(saying: "line 2", "iconv") { _ = try WordVectors.read(url, for: vocabulary) }
  }

  @Test func spellingsThatLookAlikeAreTwoWords() throws {
    let folder = try TemporaryFolder()
    // OHM SIGN and GREEK CAPITAL LETTER OMEGA; an accent apart and together.
    let words = ["\u{2126}", "\u{3A9}", "e\u{301}", "\u{E9}"]
    let vocabulary = try Vocabulary.of([words.joined(separator: " ")], kind: .word)
    let file = try folder.file(
      "v", words.enumerated().map { "\($0.element) \($0.offset) 7\n" }.joined())
    let vectors = try WordVectors.read(file, for: vocabulary)
    #expect(vectors.duplicateCount == 0)
    #expect(vectors.ids.count == 4)
    for (index, word) in words.enumerated() {
      let row = vocabulary.tokens.firstIndex { $0.utf8.elementsEqual(word.utf8) }
        .flatMap { id in vectors.ids.firstIndex(of: Int32(id)) }
      #expect(row.map { vectors.values[2 * $0] } == Float(index))
    }
  }

  @Test(arguments: [
    "\u{FEFF}the 1 2\r\n 3 4\r\ncat 5 6\r\n", "3 2\nthe 1 2\n  3 4\ncat 5 6\n",
    "\t3 4\nthe\t1\t2\ncat 5 6", "\nthe 1 2 \n\n 9 9 \ncat 5 6 \n",
  ])
  func blankWordsAreNoWords(text: String) throws {
    let folder = try TemporaryFolder()
    let vocabulary = try vocabulary()
    let vectors = try WordVectors.read(folder.file("v", text), for: vocabulary)
    #expect(vectors.dimension == 2)
    #expect(vectors.vectorCount == 3)
    #expect(vector(vectors, "the", vocabulary) == [1, 2])
    #expect(vector(vectors, "cat", vocabulary) == [5, 6])
  }

  @Test(arguments: [
    ("the 1 2 3\ncat 1 2\n", nil, "line 2: found 3 fields, expected 4"),
    ("the 1 2 3\ncat 1 x 3\n", nil, "line 2: field 3 is 'x', expected a finite number"),
    ("the 1 2 nan\n", nil, "line 1: field 4 is 'nan'"),
    ("2 3\nthe 1 2 3\n", nil, "holds 1 vectors, expected 2"),
    ("1 3\nthe 1 2 3\ncat 1 2 3\n", nil, "holds 2 vectors, expected 1"),
    ("2 3\nthe 1 2 3\n", 5, "line 1: the vectors have 3 numbers, expected 5"),
    ("the 1 2 3\n", 5, "line 1: found 4 fields, expected 6"),
    ("the\n", nil, "line 1: found 1 fields, expected 2"),
    ("\n", nil, "holds no vector"),
    ("0 3\n", nil, "holds no vector"),
  ])
  func mistakesNameTheLine(text: String, dimension: Int?, message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("bad", text)
    let vocabulary = try vocabulary()
    expectUserError(saying: "bad'", message) {
      _ = try WordVectors.read(file, for: vocabulary, dimension: dimension)
    }
  }
}

struct OtherWordVectorsTests {
  /// Words beside the vocabulary, in the order of the file; what no text can ask for is left out, and a
  /// row that is no vector is no reason to stop.
  @Test func otherWordsAreKept() throws {
    let folder = try TemporaryFolder()
    let vocabulary = try Vocabulary.of(["the cat"], kind: .word)
    let file = try folder.file(
      "v",
      "the 1 2\nNew York 3 4\nRome 5 -6\ndog 7 8\nRome 9 9\nbad x y\n\u{2126} 10 11\n\u{3A9} 12 13\n"
    )
    let vectors = try WordVectors.read(file, for: vocabulary) { $0 != "dog" }
    let words = (0..<vectors.otherWords.count).map {
      String(decoding: vectors.otherWords.bytes($0), as: UTF8.self)
    }
    #expect(
      words.map { Array($0.utf8) } == ["the", "Rome", "\u{2126}", "\u{3A9}"].map { Array($0.utf8) })
    #expect((0..<4).map(vectors.others.row) == [[1, 2], [5, -6], [10, 11], [12, 13]])
    #expect(vectors.vectorCount == 8 && vectors.ids.count == 1)
    #expect(try WordVectors.read(file, for: vocabulary).otherWords.count == 0)
  }

  /// Beyond the limit they are kept in half precision, those before it too.
  @Test func manyVectorsAreHalved() throws {
    let folder = try TemporaryFolder()
    let vocabulary = try Vocabulary.of(["the"], kind: .word)
    let file = try folder.file("v", (0..<9).map { "w\($0) 0.\($0)1 100000 3\n" }.joined())
    let whole = try WordVectors.read(file, for: vocabulary, keeping: { _ in true })
    #expect(whole.others.halves == nil && whole.others.row(4) == [0.41, 100_000, 3])
    let halved = try WordVectors.read(
      file, for: vocabulary, keeping: { _ in true }, halvesBeyond: 4 * 3 * 5)
    #expect(halved.others.halves?.count == 27 && halved.others.count == 9)
    for row in 0..<9 {
      let (found, exact) = (halved.others.row(row), whole.others.row(row))
      #expect(abs(found[0] - exact[0]) <= 0x1p-11 * exact[0] && found[1] == 65504 && found[2] == 3)
    }
  }

  @Test(arguments: [
    ("3 7\na 1\n", nil, 7), ("a 1 2 3\nNew York 1 2 3\nb 4 5 6\n", nil, 3),
    ("  1 2\na 1 2\n", nil, 2),
    ("New York 1 2\na 1 2\nb c 1 2\n", 2, 2), ("New York 1 2\nb c 1 2\n", 3, 3),
    ("\n\na 1\n", 4, 1),
  ])
  func theDimensionIsTheFiles(text: String, expected: Int?, dimension: Int) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("v", text)
    #expect(try WordVectors.dimension(of: file, expected: expected) == dimension)
    expectUserError(saying: "holds no vector") {
      _ = try WordVectors.dimension(of: folder.file("none", "\n a\n"))
    }
  }
}
