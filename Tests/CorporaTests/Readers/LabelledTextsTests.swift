import Compute
import Corpora
import Foundation
import TestSupport
import Testing

struct LabelledTextsTests {
  @Test func aFileOfLinesIsRead() throws {
    let folder = try TemporaryFolder()
    // A byte order mark, CR LF, a tab in the text, blank lines, no line feed at the end.
    let file = try folder.file(
      "a.tsv", "\u{FEFF}pos\tgood film\r\n\nneg\t bad\tfilm \n  \t \npos\tça va")
    let data = try LabelledTexts.read(file)
    #expect(data.labels.names == ["neg", "pos"])
    #expect(Array(data.texts) == ["good film", "bad\tfilm", "ça va"])
    #expect(try data.classes == [1, 0, 1])
    #expect(data.blankLineCount == 2)
    #expect(data.place(1) == "'\(file.path)' line 3")
    #expect(data.labelCounts.counts == [1, 2])
    #expect(data.labelCounts.seenOnce == ["neg"])
    #expect(
      data.labelCounts.warnings("training") == ["1 label has a single example in training: neg"])
  }

  @Test func aFolderOfLabelsIsRead() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("Greek.txt", "Adamou\nΩμέγα\n\n")
    _ = try folder.file("Czech.txt", "Abl")
    _ = try folder.file("README.md", "not a label")
    let data = try LabelledTexts.read(folder.url)
    #expect(data.labels.names == ["Czech", "Greek"])
    #expect(Array(data.texts) == ["Abl", "Adamou", "Ωμέγα"])
    #expect(try data.classes == [0, 1, 1])
    #expect(data.blankLineCount == 1)
    #expect(data.place(2).hasSuffix("Greek.txt' line 2"))
  }

  @Test func aFileOfOneCharacterIsAText() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("Short.txt", "Z")
    _ = try folder.file("Long.txt", "Abl\n")
    let data = try LabelledTexts.read(folder.url)
    #expect(Array(data.texts) == ["Abl", "Z"])
  }

  @Test func severalLabelsATextAreRead() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.tsv", "b#a\tx\n\ty\na # a# \tz\n")
    let data = try LabelledTexts.read(file, separator: "#")
    #expect(data.labels.names == ["a", "b"])
    #expect(Array(data.labelIDs) == [[1, 0], [], [0]])
  }

  @Test func mistakesNameTheirPlace() throws {
    let folder = try TemporaryFolder()
    func expect(
      _ text: String, _ parts: String, labels: LabelSet? = nil,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let file = try folder.file("bad.tsv", text)
      expectUserError(saying: "bad.tsv'", parts, sourceLocation: sourceLocation) {
        _ = try LabelledTexts.read(file, labels: labels)
      }
    }
    try expect("a\tb\nno tab\n", "line 2: found no tab, expected 'label<TAB>text'")
    try expect("a\t  \n", "holds no example")
    try expect("\ttext\n", "line 1, column 1: found no label")
    try expect("a\tb\nc\td\u{0}\n", "line 2, column 4: a NUL byte")
    try expect("", "is empty")
    try expect("\n\n", "holds no example")
    let known = LabelSet(["Czech", "Greek"])
    try expect(
      "Czech\tAbl\nGrek\tx\n", "line 2: unknown label 'Grek', expected one of the 2", labels: known)
    let latin = try folder.file("latin", Array("a\tcaf".utf8) + [0xE9, 0x0A])
    expectUserError(saying: "line 1, column 6", "0xE9", "iconv") {
      _ = try LabelledTexts.read(latin)
    }
    let zipped = try folder.file("z.gz", [0x1F, 0x8B, 8, 0])
    for header in ["sentence\tlabel", "Label\tText"] {
      let file = try folder.file("head.tsv", header + "\na film\t0\n")
      expectUserError(saying: "line 1: found the names of columns", "--separator tab") {
        _ = try LabelledTexts.read(file)
      }
    }
    expectUserError(saying: "z.gz' is compressed and cut short") {
      _ = try LabelledTexts.read(zipped)
    }
    expectUserError(saying: "does not exist") {
      _ = try LabelledTexts.read(folder.url.appendingPathComponent("absent"))
    }
  }

  @Test func anEmptyClassIsRefusedInTrainingOnly() throws {
    let folder = try TemporaryFolder()
    expectUserError(saying: "holds no '.txt' file") { _ = try LabelledTexts.read(folder.url) }
    _ = try folder.file("a.txt", "x\n")
    _ = try folder.file("b.txt", "")
    expectUserError(saying: "b.txt'", "the class 'b' is empty") {
      _ = try LabelledTexts.read(folder.url)
    }
    let test = try LabelledTexts.read(folder.url, labels: LabelSet(["a", "b"]))
    #expect(test.labelCounts.empty == ["b"])
    #expect(test.labelCounts.warnings("test").first == "1 label has no example in test: b")
  }

  @Test func labelsAreSavedAndReadBack() throws {
    let folder = try TemporaryFolder()
    let labels = LabelSet(ordered: ["z", "é", "a b"])
    let file = folder.url.appendingPathComponent("labels.txt")
    try labels.save(to: file)
    #expect(try LabelSet(contentsOf: file) == labels)
    // As an editor of another system saves it.
    #expect(
      try LabelSet(contentsOf: folder.file("crlf.txt", "\u{FEFF}z\r\né\r\na b\r\n")) == labels)
    #expect(labels.id("é") == 1)
    #expect(labels.id("y") == nil)
    expectUserError(saying: "holds a line feed") { try LabelSet(["a\nb"]).save(to: file) }
    let twice = try folder.file("twice.txt", "a\nb\na\n")
    expectUserError(saying: "line 3", "'a' appears twice") { _ = try LabelSet(contentsOf: twice) }
  }

  @Test func linesLongerThanABlockAreWhole() throws {
    let folder = try TemporaryFolder()
    let lengths = [1, 65_535, 65_536, 65_537, 200_000, 3, 131_072]
    let lines = lengths.map { "a\t" + String(repeating: "xyz", count: $0 / 3 + 1) }
    let data = try LabelledTexts.read(folder.file("long.tsv", lines.joined(separator: "\n")))
    #expect(Array(data.texts) == lines.map { String($0.dropFirst(2)) })
  }

  @Test func aRowOfTooManyTokensIsRefused() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("long.txt", "short\n" + String(repeating: "x", count: 70_000))
    let reader = try LineReader(file, longestLine: 60_000)
    _ = try reader.next()
    expectUserError(saying: "long.txt' line 2: longer than 60000 bytes") { _ = try reader.next() }
    #expect(LineReader.longestLine == (1 << 31) - 1)
  }

  @Test func theNamesAreRead() throws {
    guard let url = SharedData.url("names") else {
      print("skipped: the names data set is not there")
      return
    }
    let data = try LabelledTexts.read(url)
    #expect(data.labels.count == 18)
    #expect(data.count == 20_050)
    #expect(
      data.labelCounts.counts[LabelSet(data.labels.names).id("Vietnamese").map(Int.init) ?? 0] == 73
    )
    let characters = try Vocabulary.of(data.texts, kind: .character)
    let sequences = try IDSequences(data.texts, characters, place: data.place)
    #expect(sequences.count == 20_050)
    #expect(characters.decode(sequences[20_049]) == data.texts[20_049])
  }

  @Test func emptyTextsArePassedOverAndCounted() throws {
    let folder = try TemporaryFolder()
    let lines = try folder.file("a.tsv", "a\tx\nb\t \n\nc\t\na\ty\n")
    let texts = try LabelledTexts.read(lines)
    #expect(Array(texts.texts) == ["x", "y"] && texts.labels.names == ["a"])
    #expect(
      texts.faults == ["2 empty examples were passed over, the first at '\(lines.path)' line 2"])
    let table = try folder.file("a.csv", "text,label\nx,a\n\" \",a\n")
    #expect(
      try LabelledTexts.read(table).faults
        == ["1 empty example was passed over, the first at '\(table.path)' row 3"])
    let skipped = try texts.skipping { $0 == "y" }
    #expect(try Array(skipped.texts) == ["x"] && skipped.classes == [0])
    #expect(skipped.faults.first?.hasPrefix("3 empty examples") == true)
  }

  @Test func labelsThatWereNeverTrainedLieBehindTheOthers() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.tsv", "b\tx\nd\ty\nc\tz\nd\tx\n")
    let known = LabelSet(["a", "b"])
    let texts = try LabelledTexts.read(file, labels: known, admitsUnseen: true)
    #expect(try texts.labels == known && texts.classes == [1, 2, 3, 2])
    #expect(texts.unseen.names == ["d", "c"])
    #expect(texts.labelCounts.counts == [0, 1])
    #expect(
      texts.faults == [
        "3 examples have labels that were never trained and can only be wrong, the first 'd' at "
          + "'\(file.path)' line 2"
      ])
  }

  /// Columns that are counted may have names over them or not.
  @Test(arguments: ["text,label\n", ""])
  func countedColumnsNeedNoNames(header: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.tsv", header + "x y,p\nz,q\nx,p\nw,q\n")
    let texts = try LabelledTexts.read(
      file, columns: TextColumns(text: "1", label: "2", separator: UInt8(ascii: ",")))
    #expect(try Array(texts.texts) == ["x y", "z", "x", "w"] && texts.classes == [0, 1, 0, 1])
  }

  /// Without names a field of the first row is none, even if it is a number of a column.
  @Test func countedColumnsAreCounted() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.csv", "good,3,p\nbad,1,q\nfine,3,p\npoor,1,q\n")
    let texts = try LabelledTexts.read(file, columns: TextColumns(text: "1", label: "3"))
    #expect(texts.labels.names == ["p", "q"])
    expectUserError(saying: "--label-column 4: ", "no such column") {
      _ = try LabelledTexts.read(
        folder.file("b.csv", "x,4\ny,5\n"), columns: TextColumns(text: "1", label: "4"))
    }
    // Beside a name, numbers may be names too.
    let named = try LabelledTexts.read(
      folder.file("c.csv", "what,3,2\nx,p,q\ny,r,s\n"),
      columns: TextColumns(text: "what", label: "3"))
    #expect(named.labels.names == ["p", "r"])
  }

  private static let table =
    "\u{FEFF}id,Review,stars,lang\r\n7,\"good, very \"\"nice\"\"\r\nfilm \",5,en\r\n8,bad film,1,en\r\n"

  @Test func tablesNameTheirColumns() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.csv", Self.table)
    let texts = try LabelledTexts.read(file)
    #expect(Array(texts.texts) == ["good, very \"nice\" film", "bad film"])
    #expect(texts.labels.names == ["1", "5"])
    #expect(try texts.classes == [1, 0])
    #expect(texts.place(1) == "'\(file.path)' line 4")
    for label in ["lang", "4"] {
      let other = try LabelledTexts.read(file, columns: TextColumns(text: "2", label: label))
      #expect(other.labels.names == ["en"])
    }
    let sets = try LabelledTexts.read(
      folder.file("b.csv", "what;topics\n\"a; b\";x, y\nc;\n"), separator: ",",
      columns: TextColumns(text: "what"))
    #expect(Array(sets.texts) == ["a; b", "c"])
    #expect(Array(sets.labelIDs) == [[0, 1], []])
  }

  @Test func mistakesInTablesNameTheirPlace() throws {
    let folder = try TemporaryFolder()
    func expect(_ text: String, _ message: String, _ columns: TextColumns = .init()) throws {
      let file = try folder.file("bad.csv", text)
      expectUserError(saying: message) { _ = try LabelledTexts.read(file, columns: columns) }
    }
    try expect("a,b\nx,y\n", "which columns hold texts and labels? Found 'a', 'b'")
    try expect("a,b\nx,y\n", "--text-column c: ", .init(text: "c", label: "a"))
    try expect("a,b\nx,y\n", "--text-column 3: ", .init(text: "3", label: "a"))
    try expect("text,text\nx,y\n", "bad.csv' has 2 columns called 'text'")
    try expect("a,b,b\nx,y,z\n", "has 2 columns called 'b'", .init(text: "a", label: "b"))
    try expect("text,label\nx,y,z\n", "bad.csv' row 2: found 3 fields, expected 2")
    try expect("text,label\nx,\n", "bad.csv' row 2, column 2: found no label")
    try expect("text,label\n", "holds no example")
  }
}
