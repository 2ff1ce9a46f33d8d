import Compute
import Foundation
import Interchange
import TestSupport
import Testing
import Runs

@Suite struct MetricsWriterTests {
  let folder: TemporaryFolder
  let url: URL

  init() throws {
    folder = try TemporaryFolder()
    url = folder.file("metrics.jsonl")
  }

  var text: String { get throws { try String(contentsOf: url, encoding: .utf8) } }

  func record(_ update: Int, loss: Double = 0.5) -> MetricsRecord {
    MetricsRecord(update: update, ["loss": .number(loss)])
  }

  @Test func aLineIsInTheFileAsSoonAsItIsWritten() throws {
    let writer = try MetricsWriter(creating: url)
    #expect(try text == "")
    try writer.write(
      MetricsRecord(
        update: 10,
        [
          "split": .text("train \"a\"\n"), "epoch": .number(1.25), "tokens": .integer(640),
          "best": .flag(true), "lr": .number(1e-7),
        ]))
    let first =
      #"{"update":10,"split":"train \"a\"\n","epoch":1.25,"tokens":640,"best":true,"lr":1e-07}"#
    #expect(try text == first + "\n")
    try writer.write(record(20))
    #expect(try text == first + "\n{\"update\":20,\"loss\":0.5}\n")
  }

  @Test func whatJSONLacksIsNullAndNamed() throws {
    let record = MetricsRecord(
      update: 1, ["loss": .number(.nan), "norm": .number(.infinity), "lr": .number(-.infinity)])
    #expect(
      record.json == #"{"update":1,"loss":null,"norm":null,"lr":null,"#
        + #""nonfinite":{"loss":"nan","norm":"inf","lr":"-inf"}}"#)
    _ = try JSONValue(parsing: record.json)
  }

  @Test func resumingDropsWhatWillBeMeasuredAgain() throws {
    try folder.write(
      """
      {"update":10,"loss":1.0}
      {"update":20,"loss":2.0}
      {"note":"kept as it is"}
      {"update":30,"loss":3.0}

      """, to: "metrics.jsonl")
    let writer = try MetricsWriter(resuming: url, at: 20)
    #expect(writer.history.laterLines == 1 && writer.history.brokenLines == 0)
    try writer.write(record(30))
    #expect(
      try text == """
        {"update":10,"loss":1.0}
        {"update":20,"loss":2.0}
        {"note":"kept as it is"}
        {"update":30,"loss":0.5}

        """)
  }

  @Test func everyCutOfTheLastLineIsMended() throws {
    let whole = "{\"update\":10,\"loss\":1.0}\n"
    let last = "{\"update\":20,\"loss\":2.0}\n"
    for count in 0...last.utf8.count {
      try folder.write(whole + last.prefix(count), to: "metrics.jsonl")
      let writer = try MetricsWriter(resuming: url, at: 20)
      // Without its line end, the last line is still a whole object.
      let isWhole = count >= last.utf8.count - 1
      #expect(writer.history.brokenLines == (isWhole || count == 0 ? 0 : 1), "\(count) bytes")
      try writer.write(record(30))
      #expect(try text == whole + (isWhole ? last : "") + "{\"update\":30,\"loss\":0.5}\n")
    }
  }

  @Test func linesOfRubbishAreDropped() throws {
    var bytes = Data("{\"update\":10}\n".utf8)
    bytes += [0, 0, 0, 0xFF, 0x0A, 0x0A] + Data("[1]\nnull\n{\"update\":11}\n".utf8)
    try bytes.write(to: url)
    #expect(try MetricsWriter(resuming: url, at: 20).history.brokenLines == 3)
    #expect(try text == "{\"update\":10}\n{\"update\":11}\n")
  }

  @Test func aMissingFileIsBegunAnew() throws {
    try MetricsWriter(resuming: url, at: 5).write(record(6))
    #expect(try text == "{\"update\":6,\"loss\":0.5}\n")
  }

  @Test func namesTheFileThatCannotBeWritten() throws {
    let missing = folder.file("missing/metrics.jsonl")
    let error = #expect(throws: UserError.self) { try MetricsWriter(creating: missing) }
    #expect(error?.message.contains("'\(missing.path)'") == true)
    #expect(throws: UserError.self) { try MetricsWriter(resuming: folder.url, at: 1) }
  }

  /// A full disk takes a record, or half of one, but never the next one with it.
  @Test func aRecordThatFailsLeavesWholeLines() throws {
    let whole = "{\"update\":1,\"loss\":0.5}\n"
    for number in 1...8 {
      let writer = try MetricsWriter(creating: url)
      try writer.write(record(1))
      let (_, error) = FailingCall.run(number, number % 2 == 0 ? .error(ENOSPC) : .short) {
        try writer.write(record(2))
      }
      try writer.write(record(3))
      let updates = try text.split(separator: "\n").map {
        try JSONValue(parsing: String($0))["update"]?.integer
      }
      #expect(updates == (error == nil ? [1, 2, 3] : [1, 3]), "call \(number)")
    }
    // Half is written, the rest refused, and taking the half back too.
    let torn: @Sendable (FileCall) -> FileFault? = { call in
      switch call.kind {
      case .write: (call.bytes?.count ?? 0) > 20 ? .short : .error(ENOSPC)
      case .truncate: .error(EIO)
      default: nil
      }
    }
    let writer = try MetricsWriter(creating: url)
    try writer.write(record(1))
    _ = FileSystem.withFaults(torn) {
      #expect(throws: UserError.self) { try writer.write(record(2)) }
    }
    try writer.write(record(3))
    try writer.synchronize()
    #expect(try text.hasPrefix(whole))
    #expect(try text.hasSuffix("\n{\"update\":3,\"loss\":0.5}\n"))
    let history = try MetricsWriter(resuming: url, at: 3).history
    #expect(history.brokenLines == 1)
    #expect(
      history.gaps(until: 3) == ["metrics.jsonl held 1 lines that were not whole; they are gone"])
  }

  @Test func timeGoesOnAndGapsAreTold() throws {
    try folder.write(
      """
      {"update":9,"wall_time":12.5}
      {"update":10,"wall_time":20}
      {"update":30,"wall_time":99}

      """, to: "metrics.jsonl")
    let history = try MetricsWriter(resuming: url, at: 20).history
    #expect(history.wallTime == 20 && history.lastUpdate == 10)
    #expect(history.gaps(until: 20) == ["metrics.jsonl lacks updates 11 to 20"])
    // Every fifth is wanted from now on, which says nothing about how it was before.
    #expect(history.gaps(until: 14, RecordInterval(every: 5)) == [])
    #expect(history.gaps(until: 15, RecordInterval(every: 5)).count == 1)
    #expect(history.gaps(until: 10) == [])
    #expect(MetricsHistory().gaps(until: 0) == [])
  }

  @Test func recordsThatWereThinnedAreNoGap() throws {
    try folder.write(
      """
      {"update":30000,"split":"train"}
      {"update":31000,"split":"train"}

      """, to: "metrics.jsonl")
    let history = try MetricsWriter(resuming: url, at: 31_999).history
    // Whatever comes next, they were a thousand updates apart.
    for interval in [RecordInterval.automatic, RecordInterval(every: 1)] {
      #expect(history.gaps(until: 31_999, interval) == [])
      #expect(
        history.gaps(until: 32_000, interval) == ["metrics.jsonl lacks updates 31001 to 32000"])
    }
  }
}
