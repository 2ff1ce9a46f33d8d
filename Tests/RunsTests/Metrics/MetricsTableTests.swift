import Foundation
import Runs
import TestSupport
import Testing

/// Metrics as a table with commas: every name is a column, and any text is one cell.
@Suite struct MetricsTableTests {
  private func csv(_ lines: [String]) throws -> String {
    let folder = try TemporaryFolder()
    let run = try RunFolder.plan(at: folder.url)
    try lines.joined(separator: "\n").write(to: run.metrics, atomically: true, encoding: .utf8)
    return MetricsTable(try run.metricsRecords()).csv
  }

  @Test func columnsAreThoseOfAllRecords() throws {
    #expect(
      try csv([
        #"{"update":1,"split":"train","loss":2.5,"format":2}"#,
        #"{"update":1,"split":"valid","loss":null,"accuracy":0.25,"nonfinite":{"loss":"nan"}}"#,
        #"{"update":2,"split":"skipped","rows":["'a' line 1","'a' line 2"],"flag":true}"#,
        #"{"update":3,"split":"tr"#,
      ]) == """
        update,split,loss,format,accuracy,rows,flag
        1,train,2.5,2,,,
        1,valid,nan,,0.25,,
        2,skipped,,,,'a' line 1; 'a' line 2,true

        """)
  }

  @Test func anyTextIsOneCell() throws {
    #expect(
      try csv([#"{"a,b":"x\"y","c":"line\nline","d":"\"\u0301","e\r":" plain "}"#])
        == "\"a,b\",c,d,\"e\r\"\n\"x\"\"y\",\"line\nline\",\"\"\"\u{301}\", plain \n")
  }

  @Test func noRecordsAreAnEmptyLine() throws { #expect(try csv([]) == "\n") }

  @Test func newerFormatsAreRefused() {
    expectUserError(saying: "format", "99") { _ = try csv([#"{"update":1,"format":99}"#]) }
  }
}
