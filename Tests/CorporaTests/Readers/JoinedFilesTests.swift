import Compute
import Corpora
import Foundation
import TestSupport
import Testing

/// Several files that are read one behind the other: what is told of an example names its own file.
@Suite struct JoinedFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func pairsNameTheirFile() throws {
    let files = try (
      folder.file("a.tsv", "one\tun\n"), folder.file("b.tsv", "\ntwo\tdeux\nthree\ttrois\n"),
      folder.file("c.tsv", "four\tquatre\n")
    )
    let pairs = try PairedTexts([[files.0], [files.1], [files.2]])
    #expect(Array(pairs.sources) == ["one", "two", "three", "four"])
    #expect(pairs.place(0) == "'\(files.0.path)' line 1")
    #expect(pairs.place(2) == "'\(files.1.path)' line 3")
    #expect(try pairs.choosing([3]).place(0) == "'\(files.2.path)' line 1")
  }

  @Test func linesNameTheirFile() throws {
    let files = try (
      folder.file("a", "one\n\ntwo\n"), folder.file("b", "three\n"),
      folder.file("c", "\nfour\nfive\n")
    )
    let lines = try TextLines([files.0, files.1, files.2])
    #expect(Array(lines.lines) == ["one", "two", "three", "four", "five"])
    #expect(lines.place(1) == "'\(files.0.path)' line 3")
    #expect(lines.place(2) == "'\(files.1.path)' line 1")
    #expect(lines.place(4) == "'\(files.2.path)' line 3")
    #expect(lines.documentStarts == [0, 1, 2, 3, 5])
    // A no-break space alone is nothing to read either.
    let spaced = try TextLines([folder.file("d", "six\n\u{A0}\n\u{A0} seven\n")])
    #expect(Array(spaced.lines) == ["six", "seven"] && spaced.blankLineCount == 1)
  }

  /// What was passed over is that of all files.
  @Test func taggedFilesAreCountedTogether() throws {
    let parts = try [
      "-DOCSTART- O\n\nrome B-LOC\n\n", "# a\nx O\n\n-DOCSTART- O\n\n-DOCSTART- O\n\ny O\n",
    ].enumerated().map {
      try TaggedCorpus.read(folder.file("\($0.offset).conll", $0.element))
    }
    let all = try TaggedCorpus.joined(parts)
    #expect(all.sentences.map(\.words) == [["rome"], ["x"], ["y"]])
    #expect(all.documentCount == 3 && all.commentCount == parts.map(\.commentCount).reduce(0, +))
    #expect(all.place(sentence: 2, word: 0).hasSuffix("1.conll' line 8"))
  }

  /// Examples are counted, not labels, and a label that two files have is one.
  @Test func unseenLabelsAreCountedOnce() throws {
    let known = LabelSet(["a", "b"])
    let parts = try ["x,1,2\na,2,1\nx,3,1\n", "y,1,1\nx,2,2\nb,1,3\n"].enumerated().map {
      let url = try folder.file("\($0.offset).csv", $0.element)
      return (
        url: url, series: try LabelledSeries.read(table: url, firstColumn: .label(known: known))
      )
    }
    let all = try LabelledSeries.joined(parts, known: known)
    #expect(all.unseen.count == 4 && all.unseen.names == ["x", "y"])
    #expect(all.classIDs == [2, 0, 2, 3, 2, 1])
    #expect(all.unseen.sentence?.hasPrefix("4 examples have labels") == true)
  }
}
