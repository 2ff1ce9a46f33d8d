import Compute
import Foundation
import Interchange
import Measures
import Reports
import Runs
import TestSupport
import Testing

/// What a report says of a run's records and settings.
@Suite struct RunReportTests {
  private func report(_ lines: [String], settings: [String: String] = [:]) throws -> JSONValue {
    let made = try HandMadeRun(lines, settings: settings)
    defer { withExtendedLifetime(made) {} }
    return try RunReport(made.run).json
  }

  private func keys(_ value: JSONValue?) -> [String] {
    if case .object(let members)? = value { members.map(\.name) } else { [] }
  }

  @Test func columnsOfBothSplits() throws {
    let report = try report([
      #"{"update":10,"split":"train","epoch":0.5,"loss":3,"lr":0.1,"tokens":4,"wall_time":1,"format":2}"#,
      #"{"update":20,"split":"train","epoch":1,"loss":null,"lr":0.1,"tokens":6,"wall_time":2,"nonfinite":{"loss":"nan"}}"#,
      #"{"update":20,"split":"valid","epoch":1,"loss":2.123456789,"accuracy":0.25,"tokens":9,"wall_time":2.5}"#,
      #"{"update":21,"split":"tr"#,
    ])
    let columns = try #require(report["columns"])
    // A record of every tenth update stands for ten.
    #expect(columns["train"]?["places"]?["tokens"] == .array([.integer(40), .integer(100)]))
    #expect(columns["train"]?["places"]?["update"] == .array([.integer(10), .integer(20)]))
    #expect(columns["train"]?["values"]?["loss"] == .array([.integer(3), .null]))
    #expect(columns["valid"]?["places"]?["tokens"] == .array([.integer(100)]))
    #expect(columns["valid"]?["values"]?["loss"] == .array([.number(2.12346)]))
    #expect(keys(columns["valid"]?["values"]) == ["loss", "accuracy"])
    #expect(keys(columns["train"]?["values"]) == ["loss", "lr"])
    #expect(report["update"] == .integer(20) && report["time"] == .number(2.5))
  }

  /// More rows than a picture has points: means over equal stretches, places where they end.
  @Test func longRunsAreThinned() throws {
    let count = 2 * MetricColumns.resolution + 3
    let records = try (1...count).map {
      try JSONValue(parsing: #"{"update":\#($0),"split":"train","loss":\#($0)}"#)
    }
    let json = MetricColumns("train", of: records).json
    let places = try #require(json["places"]?["update"]?.array).compactMap(\.integer)
    let losses = try #require(json["values"]?["loss"]?.array).compactMap(\.number)
    #expect(places.count == 801 && losses.count == 801)
    #expect(places.first == 3 && places.last == count)
    #expect(losses[0] == 2 && losses[1] == 5)
  }

  @Test func bestFiguresAreBestInTheirDirection() throws {
    let lines = [(1, 0.5, 3.0, 7), (2, 0.75, 2.5, 7), (3, 0.25, 2.75, 7)].map {
      #"{"update":\#($0),"split":"valid","accuracy":\#($1),"loss":\#($2),"questions":\#($3)}"#
    }
    let figures = try #require(try report(lines)["figures"]?.array)
    #expect(figures.map { $0["key"]?.string } == ["accuracy", "loss", "questions"])
    #expect(figures.map { $0["best"]?.number } == [0.75, 2.5, 7])
    #expect(figures.map { $0["update"]?.integer } == [2, 2, 3])
    #expect(figures.map { $0["better"]?.string } == ["higher", "lower", nil])
  }

  /// A file that is damaged may hold any number.
  @Test func numbersWithoutBoundsDoNoHarm() throws {
    let most = Int.max
    let report = try report([
      #"{"update":\#(most),"split":"train","loss":3,"tokens":\#(most)}"#,
      #"{"update":-\#(most),"split":"train","loss":3,"tokens":\#(most)}"#,
      #"{"update":1e300,"split":"train","loss":2,"tokens":4}"#,
      #"{"update":1e300,"split":"valid","loss":2}"#,
    ])
    #expect(report["figures"]?.array?.first?["best"] == .integer(2))
  }

  /// Counts are no shares, and of forecasts there is a best.
  @Test func figuresAreShownAsWhatTheyAre() {
    #expect(!Figure.shares.contains("bit_errors") && Figure.shares.contains("coverage"))
    #expect(Figure.direction(of: "mase") == .lowerIsBetter)
  }

  @Test func whatElseIsRecorded() throws {
    let report = try report([
      #"{"update":2,"split":"sample","text":"first"}"#,
      #"{"update":2,"split":"sample","text":"again"}"#,
      #"{"update":4,"split":"sample","text":"later"}"#,
      #"{"update":5,"split":"skipped","loss":null,"rows":["'a' line 3","'a' line 5"]}"#,
      #"{"update":3,"split":"rollback","from":9,"reason":"too high"}"#,
      #"{"update":9,"split":"test","loss":1.5,"tokens":8,"wall_time":3}"#,
      #"{"update":9,"split":"profile","phase":"forward","seconds":1.5}"#,
      #"{"update":9,"split":"profile","phase":"loss","seconds":0.5}"#,
      #"{"update":9,"split":"profile","phase":"forward","seconds":1}"#,
      #"{"update":1,"split":"train","version":"0.2.0","processor":"A","cores":3,"instructions":"avx2"}"#,
    ])
    #expect(report["samples"]?.array?.map { $0["text"]?.string } == ["again", "later"])
    #expect(
      report["events"]?.array?.map { $0["text"]?.string } == [
        "changed nothing: loss or gradient was no good; 'a' line 3; 'a' line 5",
        "went back from update 9: too high",
      ])
    #expect(report["test"] == .array([["key": .string("loss"), "value": .number(1.5)]]))
    #expect(report["phases"]?.array?.map { $0["seconds"]?.number } == [2.5, 0.5])
    #expect(report["origin"]?["processor"]?.string == "A")
    #expect(report["isTraining"] == .boolean(false))
  }

  /// The command says what is no default, as a shell takes it, and nothing else.
  @Test func theCommandSaysWhatIsNoDefault() throws {
    let report = try report(
      [],
      settings: [
        "data.text": "/a b/it's.txt", "model.hidden": "37", "optimizer.name": "sgd",
        "optimizer.lr": "0.25", "train.updates": "9", "train.defaults": "fixed",
      ])
    #expect(
      report["command"]?.string == """
        unroll train lm \\
          --text '/a b/it'\\''s.txt' \\
          --hidden 37 \\
          --updates 9 \\
          --defaults fixed \\
          --optimizer sgd \\
          --lr 0.25 \\
          --out NEW
        """)
    let options = (report["settings"]?.array ?? []).flatMap { $0["options"]?.array ?? [] }
    let changed = options.filter { $0["isDefault"] == .boolean(false) }.map { $0["key"]?.string }
    #expect(
      changed == [
        "data.text", "model.hidden", "train.updates", "train.defaults", "optimizer.name",
        "optimizer.lr",
      ])
    #expect(report["share"] == .number(0))
  }

  /// A folder that was sent here may hold links: none is followed out of it.
  @Test(arguments: ["metrics.jsonl", "config.toml", "gradients.svg", "model.safetensors"])
  func linksOutOfTheFolderAreNotFollowed(name: String) throws {
    let made = try HandMadeRun([#"{"update":1,"split":"train","loss":2}"#])
    defer { withExtendedLifetime(made) {} }
    let file = made.run.url.appendingPathComponent(name)
    let outside = made.folder.file("outside")
    if FileManager.default.fileExists(atPath: file.path) {
      try FileManager.default.moveItem(at: file, to: outside)
    } else {
      try "secret".write(to: outside, atomically: true, encoding: .utf8)
    }
    try FileManager.default.createSymbolicLink(at: file, withDestinationURL: outside)
    if ["metrics.jsonl", "config.toml"].contains(name) {
      expectUserError(saying: name, "leads out of the run's folder") {
        _ = try RunReport(made.run)
      }
    } else {
      let report = try RunReport(made.run).json
      #expect(report["pictures"] == .array([]) && report["parameters"] == .null)
    }
  }

  @Test func picturesOfTheFolderAreShown() throws {
    let made = try HandMadeRun()
    defer { withExtendedLifetime(made) {} }
    try "<svg/>".write(to: made.run.gradientPlot, atomically: true, encoding: .utf8)
    let picture = try #require(try RunReport(made.run).json["pictures"]?.array?.first)
    #expect(picture["svg"]?.string == Data("<svg/>".utf8).base64EncodedString())
  }

  @Test func whoTrainsIsReadFromTheLock() throws {
    let made = try HandMadeRun()
    defer { withExtendedLifetime(made) {} }
    let lock = try RunLock(made.run.url)
    #expect(try RunReport(made.run).json["isTraining"] == .boolean(true))
    withExtendedLifetime(lock) {}
    // A process that has ended, and a file that is no lock.
    for text in [
      #"{"host":"\#(HostName.current)","process":999999999}"#, "{}", "x", #"{"process":-1}"#,
    ] {
      try text.write(
        to: made.run.url.appendingPathComponent("lock"), atomically: true, encoding: .utf8)
      #expect(try RunReport(made.run).json["isTraining"] == .boolean(false))
    }
  }
}
