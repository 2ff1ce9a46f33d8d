import Compute
import Corpora
import Foundation
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
    ("a.csv", "x,y\n", false),
  ])
  func firstRowsThatNameColumnsAreFound(name: String, text: String, isHeader: Bool) throws {
    #expect(try RecordFile.namesColumns(folder.file(name, text)) == isHeader)
  }

  @Test func nothingIsRefused() throws {
    for form in RecordFile.Form.allCases {
      #expect(throws: UserError.self, "\(form)") { try read("\n \n", form) }
    }
  }
}
