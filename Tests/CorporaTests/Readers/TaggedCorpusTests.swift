import Compute
import Corpora
import Foundation
import TestSupport
import Testing

struct TaggedCorpusTests {
  @Test func columnsAreRead() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file(
      "a.conll",
      "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects\tVBZ I-VP O\n\n\n# SYM O O\r\n-DOCSTART-\nx Y O O"
    )
    let corpus = try TaggedCorpus.read(file)
    #expect(corpus.sentences.map(\.words) == [["EU", "rejects"], ["#"], ["x"]])
    #expect(corpus.sentences[0].tags == ["I-ORG", "O"])
    #expect(corpus.sentences[0].columns == [["NNP", "VBZ"], ["I-NP", "I-VP"]])
    #expect(corpus.sentences[2].lines == [9])
    #expect(corpus.documentCount == 2)
    #expect(corpus.wordCount == 4)
    #expect(try corpus.counts().tags.names == ["I-ORG", "O"])
    let bare = try TaggedCorpus.read(columns: file, hasTags: false, skipsComments: true)
    #expect(bare.sentences.map(\.words) == [["EU", "rejects"], ["x"]])
    #expect(bare.sentences[0].columns.count == 3)
    #expect(bare.sentences[0].tags.isEmpty)
  }

  /// CoNLL-U counts the words in its first column.
  @Test func countsOfWordsAreNoWords() throws {
    let folder = try TemporaryFolder()
    func read(_ text: String) throws -> TaggedCorpus {
      try TaggedCorpus.read(folder.file("c.conllu", text))
    }
    for text in [
      "# text = a b\n1 a X B\n2 b Y O\n\n1 c X O\n", "1-2 ab _ O\n1 a X B\n2 b Y O\n2.1 c Z O\n",
      "0\tEU\tB-ORG\n1\trejects\tO\n\n0\ta\tO\n",
    ] {
      expectUserError(saying: "c.conllu' line", "the first column counts the words", "cut -f2-") {
        _ = try read(text)
      }
    }
    // Words that are numbers, or stand alone.
    for (text, words) in [
      ("1 B\n2 O\n", ["1", "2"]), ("1 a X\n1 b O\n", ["1", "1"]), ("1 a X\n\n1 b O\n", ["1"]),
      ("1 a X\n3 b O\n", ["1", "3"]), ("0 a X\n2 b O\n", ["0", "2"]),
      ("EU-wide NN B\nU.S. NNP O\n", ["EU-wide", "U.S."]),
      ("2020-01-01 CD B\n10.0.0.1 CD O\n", ["2020-01-01", "10.0.0.1"]),
      ("1.5 CD B\n1-2 CD O\n", ["1.5", "1-2"]), ("1 CD B\nwww.a.b NN O\n", ["1", "www.a.b"]),
    ] { #expect(try read(text).sentences[0].words == words) }
  }

  @Test func commentsAreNoWords() throws {
    let folder = try TemporaryFolder()
    func read(_ text: String) throws -> TaggedCorpus {
      try TaggedCorpus.read(folder.file("c.conll", text))
    }
    // As many columns as words have, fewer and more; several before a sentence; one at the end.
    let two = try read(
      "#\tpart7\nrome\tB-LOC\nsleeps\tO\n\n# a\n#\tb\n# c d e\n# f\toslo\nbergen\tB-LOC\n\n# end\n")
    #expect(two.sentences.map(\.words) == [["rome", "sleeps"], ["bergen"]])
    #expect(two.sentences[1].lines == [9])
    #expect(try two.counts().tags.names == ["B-LOC", "O"])
    #expect(two.commentCount == 6)
    let four = try read(
      "# id 77-b\tdomain=news\nrome _ _ B-LOC\n\n# id 78-c\tdomain=web\nx _ _ O\n")
    #expect(four.sentences.map(\.words) == [["rome"], ["x"]])
    #expect(four.commentCount == 2)
    // Words that begin with it.
    let hashtags = try read(
      "#rome B-LOC\n#now O\nis O\n# O\n\n# O\n1 O\n\n#oslo B-LOC\nrome B-LOC\n")
    #expect(
      hashtags.sentences.map(\.words)
        == [["#rome", "#now", "is", "#"], ["#", "1"], ["#oslo", "rome"]])
    #expect(hashtags.sentences[0].tags == ["B-LOC", "O", "O", "O"])
    #expect(hashtags.commentCount == 0)
    #expect(try read("#a X\n#b Y\n").sentences.map(\.words) == [["#a", "#b"]])
    // Where whoever asks says so, all that begins with it.
    let skipped = try TaggedCorpus.read(
      columns: folder.file("s.conll", "#a X\nrome Y\n# b\n#c Z\n"), skipsComments: true)
    #expect(skipped.sentences.map(\.words) == [["rome"]] && skipped.commentCount == 3)
  }

  @Test func carriageReturnsAndByteOrderMarksAreNoText() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.conll", "\u{FEFF}rome B-LOC\r\n\r\n# O\r\nx O\r\n")
    let corpus = try TaggedCorpus.read(file)
    #expect(corpus.sentences.map(\.words) == [["rome"], ["#", "x"]])
    #expect(try corpus.counts().tags.names == ["B-LOC", "O"])
  }

  @Test func wordsAloneCanBeTagged() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("words", "one\ntwo\n\nthree\n")
    let corpus = try TaggedCorpus.read(columns: file, hasTags: false)
    #expect(corpus.sentences.map(\.words) == [["one", "two"], ["three"]])
    #expect(corpus.sentences[0].columns.isEmpty)
    expectUserError(saying: "line 1: found 1 column, expected at least 2") {
      _ = try TaggedCorpus.read(columns: file)
    }
  }

  @Test func utterancesAreRead() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file(
      "a.iob",
      "BOS to las vegas EOS\tO O B-to.city I-to.city flight#fare\n\nBOS EOS\tO none\nBOS hi EOS\tO O none\n"
    )
    let corpus = try TaggedCorpus.read(file)
    #expect(corpus.sentences.map(\.words) == [["to", "las", "vegas"], ["hi"]])
    #expect(corpus.sentences[0].tags == ["O", "B-to.city", "I-to.city"])
    #expect(corpus.sentences.map(\.intent) == ["flight#fare", "none"])
    #expect(corpus.intents.names == ["flight#fare", "none"])
    #expect(corpus.emptyCount == 1)
    #expect(corpus.place(sentence: 1, word: 0) == "'\(file.path)' line 4")
  }

  @Test(arguments: [
    ("a O\nb\n", "line 2: found 1 column, expected 2 as in line 1"),
    ("a O\n\nb X O\n", "line 3: found 3 columns, expected 2 as in line 1"),
    ("\n-DOCSTART- O\n", "holds no sentence"),
    ("BOS a EOS\tO O\n", "line 1: found 2 tags for 3 words"),
    ("BOS a EOS\tO O x y\n", "line 1: found 4 tags for 3 words"),
    ("BOS a EOS\tO O x\nBOS b EOS O O x\n", "line 2: found 0 tabs, expected 1"),
    ("BOS a EOS\tO O x\nb EOS\tO x\n", "line 2: found 'b' … 'EOS'"),
    ("BOS EOS\tO x\n", "holds no sentence"),
    ("BOS a EOS\tB-x O x\n", "line 1: found the tag 'B-x' at BOS"),
  ])
  func mistakesNameTheirPlace(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("bad", text)
    expectUserError(saying: "bad'", message) { _ = try TaggedCorpus.read(file) }
  }

  /// Two spellings of one accented letter are two words, whoever counts them, and one label.
  @Test(arguments: [1, 3]) func textsAreCountedByTheirBytes(threads: Int) throws {
    let folder = try TemporaryFolder()
    let sentence = "caf\u{E9} x \u{E9}\ncafe\u{301} y e\u{301}\ncafe\u{301} x e\u{301}\n\n"
    let file = try folder.file("a", String(repeating: sentence, count: 5_000))
    let counts = try TaggedCorpus.read(file).counts(threads: threads)
    #expect(counts.tags.count == 1)
    #expect(counts.words.map(\.count) == [5_000, 10_000])
    #expect(counts.texts(inColumn: 0).map(\.count) == [10_000, 5_000])
    #expect(counts.triples.all.map(\.count) == [5_000, 10_000])
  }

  @Test func tagsThatBreakTheSchemeAreCountedOrRefused() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", "x O\nCity I-LOC\nof I-LOC\n\nB B-LOC\nC I-PER\n")
    let corpus = try TaggedCorpus.read(file)
    let iob2 = TagNotation(.iob2)
    let breaks = try corpus.breaks(of: iob2)
    #expect(breaks.count == 2)
    #expect(
      breaks.warning
        == "2 of 5 tags break IOB2 and were repaired, the first at '\(file.path)' line 2: "
        + "'I-LOC' after 'O', expected 'B-LOC'")
    expectUserError(
      saying: "a' line 2: the tag 'I-LOC' after 'O', expected 'B-LOC' in IOB2", "--strict"
    ) { _ = try corpus.breaks(of: iob2, isStrict: true) }
    let repaired = corpus.sentences.map { iob2.converted($0.tags, to: .iob2) }
    #expect(repaired == [["O", "B-LOC", "I-LOC"], ["B-LOC", "B-PER"]])
    #expect(repaired.allSatisfy { iob2.breaks(in: $0).isEmpty })
  }

  @Test func theSharedCorporaHaveTheirCounts() throws {
    guard let atis = SharedData.url("atis"), let conll = SharedData.url("conll2000") else {
      print("skipped: ATIS and CoNLL-2000 are not there")
      return
    }
    let train = try TaggedCorpus.read(atis.appendingPathComponent("atis.train.w-intent.iob"))
    let test = try TaggedCorpus.read(atis.appendingPathComponent("atis.test.w-intent.iob"))
    #expect(train.sentences.count == 4_978 && test.sentences.count == 893)
    #expect(train.wordCount == 56_200 && test.wordCount == 9_164)
    #expect(try train.counts().tags.count == 121 && test.counts().tags.count == 101)
    #expect(train.intents.count == 22 && test.intents.count == 20)
    #expect(try TagNotation.detect(in: train.counts().triples) == TagNotation(.iob2))

    let chunks = try TaggedCorpus.read(conll.appendingPathComponent("test.txt"))
    #expect(chunks.sentences.count == 2_012)
    #expect(chunks.wordCount == 47_377)
    let iob2 = TagNotation(.iob2)
    #expect(try TagNotation.detect(in: chunks.counts().triples) == iob2)
    #expect(try chunks.breaks(of: iob2, isStrict: true).count == 0)
    let iob1 = chunks.sentences.map { iob2.converted($0.tags, to: .iob1) }
    #expect(TagNotation.detect(in: TagTriples(iob1)) == TagNotation(.iob1))
  }
}
