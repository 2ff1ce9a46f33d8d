import Compute
import Corpora
import Foundation
import TestSupport
import Testing

/// Examples are cut out of their file as they stand, whatever the format.
@Suite struct RecordFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ text: String, _ form: RecordFile.Form, hasHeader: Bool = false
  ) throws -> RecordFile {
    try RecordFile(try folder.file("data", text), form: form, hasHeader: hasHeader)
  }

  @Test func linesAreRecords() throws {
    let file = try read("a\tb\n\nc\r\n  d", .lines)
    #expect(file.records == ["a\tb\n", "c\n", "  d\n"])
    #expect(file.text([2, 0]) == "  d\na\tb\n")
  }

  /// A quoted field may hold line breaks, blank lines and doubled quotes.
  @Test func rowsMayHoldLineBreaks() throws {
    let file = try read(
      "id,text\n1,\"two\n\nlines\"\n\n2,\"\"\"said\"\" x\"\n3,\"\"\n", .rows, hasHeader: true)
    #expect(file.header == "id,text\n")
    #expect(file.records == ["1,\"two\n\nlines\"\n", "2,\"\"\"said\"\" x\"\n", "3,\"\"\n"])
    #expect(file.text([1]) == "id,text\n2,\"\"\"said\"\" x\"\n")
    #expect(throws: UserError.self) { try read("1,\"open\n2\n", .rows) }
  }

  /// A quote opens at the beginning of a field alone, as where tables are read.
  @Test func inchesAreNoQuotes() throws {
    let text = "what,label\na 5\" pipe,x\n \"b, c\",y\n6\" pipe,\"z\nz\"\n"
    let file = try read(text, .rows, hasHeader: true)
    #expect(file.records == ["a 5\" pipe,x\n", " \"b, c\",y\n", "6\" pipe,\"z\nz\"\n"])
    // What stands between fields shows behind the sign too.
    for table in [text, text.replacing(",", with: ";")] {
      #expect(try LabelledTexts.read([try folder.file("data.csv", table)]).count == 3, "\(table)")
    }
  }

  @Test func commentsOfSeriesAreNoExamples() throws {
    let file = try RecordFile(
      try folder.file("data.ts", "@data\n1,2:a\n# said\n3,4:b\n"), form: .lines)
    #expect(file.records == ["1,2:a\n", "3,4:b\n"])
  }

  /// What a table's reader passes over before the first row stays before it.
  @Test func whatStandsBeforeTheNamesStays() throws {
    let file = try read("sep=;\n\nlabel;x\nup;1\ndown;2\n", .rows, hasHeader: true)
    #expect(file.header == "sep=;\n\nlabel;x\n" && file.records == ["up;1\n", "down;2\n"])
    let broken = try read("\"the\nlabel\",x\nup,1\n", .rows, hasHeader: true)
    #expect(broken.header == "\"the\nlabel\",x\n" && broken.records == ["up,1\n"])
  }

  @Test func blocksEndAtBlankLines() throws {
    let file = try read("\n# id 1\na X\nb O\n\n \nc O\n", .blocks)
    #expect(file.records == ["# id 1\na X\nb O\n", "c O\n"])
    #expect(file.text([1, 0]) == "c O\n\n# id 1\na X\nb O\n\n")
  }

  @Test func storiesBeginWithOne() throws {
    let file = try read("1 a b.\n2 who?\ta\t1\n\n1 c.\n2 d.\n3 who?\td\n1 e.\n", .stories)
    #expect(file.records == ["1 a b.\n2 who?\ta\t1\n", "1 c.\n2 d.\n3 who?\td\n", "1 e.\n"])
    let error = #expect(throws: UserError.self) { try read("2 a.\n", .stories) }
    #expect(error?.message.contains("line 1") == true)
  }

  /// Classes are numbered by their bytes, whatever their order in the file.
  @Test func classesAreFirstFields() throws {
    #expect(try read("b,1\na;2\n b ,3\nc\t4\na,5\n", .rows).classes == [1, 0, 1, 2, 0])
  }

  @Test(arguments: [
    ("a.csv", "label,x,y\nup,1,2\n", true), ("a.csv", "up,1,2\ndown,2,1\n", false),
    ("a.csv", "id;text;label\n1;\"a; b\";p\n", true),
    ("a.csv", "text,label\ngood,p\nbad,n\n", true),
    ("a.tsv", "x\ty\n1,5\t2\n", true), ("a.txt", "up,NA,\ndown,,NA\n", false),
    ("a.csv", "x,y\n", false), ("a.csv", "label,0,1\nu,1,2\nv,2,1\nu,1,1\n", true),
    ("a.csv", "0,1,2\n5,6.5,7\n.5,1,2\n", true), ("a.csv", "0,1,2\n5,6,7\n1,1,2\n", false),
    ("a.csv", "y,0,1\n.5,6,7\n.7,1,2\n", true),
  ])
  func firstRowsThatNameColumnsAreFound(name: String, text: String, isHeader: Bool) throws {
    #expect(try RecordFile.namesColumns(folder.file(name, text)) == isHeader)
  }

  /// What says how the examples are to be read stands in every part, and a class behind the last colon.
  @Test func headsOfTSFilesBelongToEveryPart() throws {
    let head = "# about\n@classLabel true u v\n@DATA\n"
    let url = try folder.file("a.ts", head + "1,2:3,4:v\n2:1:u\n5:6:v\n")
    let file = try RecordFile(url, form: .lines)
    #expect(file.records.count == 3 && file.classes == [1, 0, 1])
    #expect(file.text([1]) == head + "2:1:u\n")
    expectUserError(saying: "has no line '@data'") {
      _ = try RecordFile(folder.file("b.ts", "1,2:u\n"), form: .lines)
    }
  }

  /// Steps of a series are one example, wherever its rows stand.
  @Test func seriesWithAStepARowStayTogether() throws {
    let text = "id;time;x;label\nb;0;1,5;v\na;0;2;u\nb;1;3;v\n\"c;\";0;1;v\na;1;4;u\n"
    let file = try RecordFile(folder.file("a.csv", text), form: .rows, hasHeader: true)
    #expect(file.joinsSteps && file.classes == [1, 0, 1])
    #expect(
      file.records == ["b;0;1,5;v\nb;1;3;v\n", "a;0;2;u\na;1;4;u\n", "\"c;\";0;1;v\n"])
    #expect(file.text([2]) == "id;time;x;label\n\"c;\";0;1;v\n")
    #expect(try !read("x,time\n1,2\n", .rows, hasHeader: true).joinsSteps)
  }

  @Test func nothingIsRefused() throws {
    for form in RecordFile.Form.allCases {
      #expect(throws: UserError.self, "\(form)") { try read("\n \n", form) }
    }
  }
}
