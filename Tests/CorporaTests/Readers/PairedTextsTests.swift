import Compute
import Corpora
import Foundation
import TestSupport
import Testing

@Suite struct PairedTextsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func readsLinesOfTwoOrMoreFields() throws {
    let file = try folder.file(
      "p.tsv", "\u{FEFF}Go.\tVa !\tCC-BY\t#1\r\n\n Run! \t\u{A0}Cours !  \r\n")
    let pairs = try PairedTexts([[file]])
    #expect(Array(pairs.sources) == ["Go.", "Run!"])
    #expect(Array(pairs.targets) == ["Va !", "\u{A0}Cours !"])
    #expect(pairs.blankLineCount == 1 && pairs.count == 2)
    #expect(pairs.place(1) == "'\(file.path)' line 3")
    #expect(Array(pairs.swapped.sources) == Array(pairs.targets))
  }

  @Test func readsTwoFiles() throws {
    let (a, b) = (try folder.file("a", "one\n\ntwo\tx\n"), try folder.file("b", "un\n \ndeux"))
    let pairs = try PairedTexts([[a, b]])
    #expect(Array(pairs.sources) == ["one", "two\tx"] && Array(pairs.targets) == ["un", "deux"])
    #expect(pairs.blankLineCount == 1)
    #expect(pairs.place(1) == "'\(a.path)' and '\(b.path)' line 3")
  }

  /// Several files: of pairs, and of sources each before that of its targets.
  @Test func filesArePairsOrTwoSides() throws {
    let (p, q) = (
      try folder.file("p.tsv", "\n \na\tb\nc\n"), try folder.file("q.tsv", "\u{FEFF}a\tb\tc\n")
    )
    let sides = try (1...4).map { try folder.file("side\($0)", "\nab c\nd\te\n") }
    func parts(_ files: URL...) throws -> [[URL]] { try PairedTexts.parts(of: files) }
    #expect(try parts(p, q) == [[p], [q]])
    #expect(try parts(sides[0], sides[1]) == [[sides[0], sides[1]]])
    #expect(
      try parts(sides[0], sides[1], p, sides[2], sides[3], q)
        == [[sides[0], sides[1]], [p], [sides[2], sides[3]], [q]])
    // As long as two files could only be two sides, they are.
    for two in [[p, sides[0]], [sides[0], p]] { #expect(try PairedTexts.parts(of: two) == [two]) }
    #expect(try parts(sides[2]) == [[sides[2]]] && parts(p) == [[p]])
    for files in [[sides[0], p, sides[1]], [p, q, sides[0]], [sides[0], sides[1], sides[2]]] {
      expectUserError(saying: "side", "no file of targets follows") {
        _ = try PairedTexts.parts(of: files)
      }
    }
  }

  @Test func unequalFilesNameBothCounts() throws {
    // The empty side on the way is not what is wrong.
    let (a, b) = (try folder.file("a", "1\n2\n3\n4\n5\n"), try folder.file("b", "1\n\n3\n"))
    expectUserError(saying: "a' holds 5 lines", "b' holds 3", "expected as many") {
      _ = try PairedTexts([[a, b]])
    }
    expectUserError(saying: "b' holds 3 lines", "a' holds 5") {
      _ = try PairedTexts([[b, a]])
    }
  }

  @Test func emptySidesAreLeftOutAndCounted() throws {
    let (a, b) = (try folder.file("a", "1\n2\n\n4\n"), try folder.file("b", "1\n\t\n3\nx\n"))
    let two = try PairedTexts([[a, b]])
    #expect(Array(two.sources) == ["1", "4"] && Array(two.targets) == ["1", "x"])
    #expect(two.halfEmpty.count == 2 && two.place(1).hasSuffix("line 4"))
    #expect(two.halfEmpty.first == "the target of '\(a.path)' line 2")
    let one = try PairedTexts([[folder.file("p", "\tb\n\na\tb\nab\t \tc\n \t\n")]])
    #expect(Array(one.sources) == ["a"] && one.halfEmpty.count == 2 && one.blankLineCount == 2)
    #expect(one.halfEmpty.first.hasPrefix("the source of ") && one.place(0).hasSuffix("line 3"))
  }

  @Test func mistakesNameFileAndLine() throws {
    for (text, what) in [
      ("a\tb\nab\n", "line 2: found no tab"),
      ("12\ta b\t5\tc d\n", "line 1: found a number before the source"),
      ("Source\ttarget\tscore\na\tb\tc\n", "line 1: found the names of columns, 'source'"),
      ("\n \n\ta\n", "holds no pairs, only 3 lines with an empty side"),
      ("", "is empty"),
    ] {
      let file = try folder.file("p.tsv", text)
      expectUserError(saying: "p.tsv", what) { _ = try PairedTexts([[file]]) }
    }
    // Sentences that are numbers are no numbering.
    for text in ["1\t2\t3\t4\n", "1\ta\tattribution\tb\n", "a\tb\tc\t4\n"] {
      #expect(try PairedTexts([[folder.file("n.tsv", text)]]).count == 1)
    }
    let binary = try folder.file("x.tsv", [0x61, 0x09, 0xFF, 0x0A])
    expectUserError(saying: "line 1, column 3", "not UTF-8") {
      _ = try PairedTexts([[binary]])
    }
  }

  @Test func allTranslationsOfASentenceStayTogether() throws {
    let lines = (0..<90).map { "s\($0 % 40)\tt\($0)\n" }.joined()
    let pairs = try PairedTexts([[folder.file("p.tsv", lines)]])
    let split = try pairs.split(heldOut: 0.25, seed: 3)
    #expect(split.training.count + split.heldOut.count == 90)
    let held = Set(split.heldOut.map { pairs.sources[$0] })
    #expect(held.count == 10)
    #expect(held.isDisjoint(with: split.training.map { pairs.sources[$0] }))
    #expect(try pairs.split(heldOut: 0.25, seed: 3) == split)
    #expect(try pairs.split(heldOut: 0.25, seed: 4) != split)
  }
}
