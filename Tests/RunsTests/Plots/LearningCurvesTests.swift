import Compute
import Foundation
import Runs
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Which figures of a run become its curve, and where its axes are marked.
@Suite struct LearningCurvesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func curves(
    _ lines: [String], _ measure: String, over course: LearningCurves.Course = .updates
  ) throws -> LearningCurves {
    try? FileManager.default.removeItem(at: folder.file("run"))
    let run = try RunFolder.plan(at: folder.file("run"))
    try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
    try lines.joined(separator: "\n").write(to: run.metrics, atomically: true, encoding: .utf8)
    return try LearningCurves([run], measure: measure, over: course)
  }

  @Test func validationAndTrainingStandTogether() throws {
    let lines = [
      #"{"update":1,"split":"train","loss":9,"lr":0.5}"#,
      #"{"update":2,"split":"valid","loss":4,"accuracy":0.5}"#,
      #"{"update":3,"split":"valid","loss":null,"nonfinite":{"loss":"nan"}}"#,
      #"{"update":4,"split":"valid","loss":3,"accuracy":0.25}"#, #"{"update":5,"split":"val"#,
    ]
    let run = try curves(lines, "loss").curves[0]
    #expect(run.map(\.split) == [.validation, .training])
    #expect(run[0].points.map(\.update) == [2, 4] && run[0].points.map(\.value) == [4, 3])
    #expect(run[1].points.map(\.value) == [9])
    #expect(run.map(\.title) == ["run", "run, training"])
    #expect(try curves(lines, "lr").curves[0].map(\.split) == [.training])
    let error = #expect(throws: UserError.self) { try curves(lines, "los") }
    #expect(error?.hint == "it has: accuracy, loss, lr")
    let empty = #expect(throws: UserError.self) { try curves([], "loss") }
    #expect(empty?.hint?.contains("first figure") == true)
  }

  /// More tokens than an `Int` counts are a damaged record, and no end of the program.
  @Test(arguments: [LearningCurves.Course.updates, .tokens])
  func tokensWithoutEndAreDrawn(course: LearningCurves.Course) throws {
    let lines = (1...2).map {
      #"{"update":\#($0),"split":"train","loss":\#($0),"tokens":9223372036854775807}"#
    }
    let points = try curves(lines, "loss", over: course).curves[0][0].points
    #expect(points.map(\.value) == [1, 2])
  }

  /// High is good of some figures, low of others; of what is neither, both ends are told.
  @Test(arguments: [
    ("loss", "lowest 0.25 at 3"), ("accuracy", "highest 0.75 at 2"),
    ("lr", "lowest 0.25 at 3, highest 0.75 at 2"),
  ])
  func theBestIsSaidByItsName(measure: String, end: String) throws {
    let lines = [0.5, 0.75, 0.25, 0.5].enumerated().map {
      #"{"update":\#($0 + 1),"split":"valid","\#(measure)":\#($1)}"#
    }
    let curves = try curves(lines, measure)
    #expect(curves.curves[0][0].text == "run: 0.5 at update 1, 0.5 at 4, " + end)
    let marked = curves.svg.matches(of: /<circle [^>]*><title>([^<]*)</).map { String($0.1) }
    let word = end.split(separator: " ")[0]
    #expect(marked.count == (measure == "lr" ? 0 : 1))
    #expect(marked.allSatisfy { $0.hasPrefix(word) })
  }

  @Test func curvesRunOverUpdatesTokensOrTime() throws {
    let lines = [
      #"{"update":1,"split":"train","loss":9,"tokens":3000,"wall_time":61}"#,
      #"{"update":2,"split":"train","loss":8,"tokens":5000,"wall_time":122}"#,
      #"{"update":2,"split":"valid","loss":7,"tokens":99,"wall_time":240}"#,
      #"{"update":2,"split":"profile","phase":"forward","seconds":3}"#,
      #"{"update":3,"split":"train","loss":6,"tokens":1000,"wall_time":300}"#,
    ]
    for (course, valid, train, axis) in [
      (LearningCurves.Course.updates, [2.0], [1.0, 2, 3], "updates"),
      (.tokens, [8000], [3000, 8000, 9000], "thousand tokens"),
      (.time, [240], [61, 122, 300], "minutes"),
    ] {
      let curves = try curves(lines, "loss", over: course)
      #expect(curves.curves[0].map { $0.points.map(\.place) } == [valid, train])
      #expect(curves.svg.contains(">\(axis)<"))
    }
    let error = #expect(throws: UserError.self) {
      try curves([#"{"update":1,"split":"train","loss":9}"#], "loss", over: .time)
    }
    #expect(error?.hint == "use --over updates")
  }

  /// 900 figures become 300 means of three.
  @Test func manyFiguresBecomeMeans() throws {
    let lines = (1...900).map { #"{"update":\#($0),"split":"train","loss":\#($0)}"# }
    let points = try curves(lines, "loss").curves[0][0].points
    #expect(points.map(\.update) == (1...300).map { 3 * $0 })
    #expect(zip(points, 1...).allSatisfy { abs($0.value - Double(3 * $1 - 1)) < 1e-9 })
  }

  @Test(arguments: [
    ([0.0, 0.3], ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"]),
    ([-0.4, 1.0], ["0.0", "0.5", "1.0"]),
    ([0.0, 0.0], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), ([7.0], ["0", "2", "4", "6"]),
    ([0.81, 0.93], ["0.80", "0.82", "0.84", "0.86", "0.88", "0.90", "0.92", "0.94"]),
    ([4.1, 4.3, 9], ["4", "5", "6", "7", "8", "9"]),
  ])
  func axesAreMarkedAtRoundValues(values: [Double], ticks: [String]) throws {
    let lines = values.map { #"{"update":6,"split":"valid","loss":\#($0)}"# }
    let svg = try curves(lines, "loss").svg
    let marks = svg.matches(of: /text-anchor="end">([^<]+)</).map { String($0.1) }
    #expect(marks == ticks)
  }

  /// No line comes below the axis, where the names are; none of them reaches beyond the picture.
  @Test(arguments: [1, 3, 9])
  func namesStandBelowThePicture(runs: Int) throws {
    let folders = try (0..<runs).map { number in
      let name = "run \(number) " + String(repeating: "<x&", count: 9 * number)
      let run = try RunFolder.plan(at: folder.file(name))
      try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
      let lines = (1...30).map {
        #"{"update":\#($0),"split":"\#($0 % 2 == 0 ? "valid" : "train")","f1":\#($0 * number)}"#
      }
      try lines.joined(separator: "\n").write(to: run.metrics, atomically: true, encoding: .utf8)
      return run
    }
    let svg = try LearningCurves(folders, measure: "f1").svg
    _ = try XMLDocument(data: Data(svg.utf8))
    func numbers(_ pattern: Regex<(Substring, Substring)>) -> [Double] {
      svg.matches(of: pattern).compactMap { Double($0.1) }
    }
    let lowest =
      svg.matches(of: /points="([^"]*)"/).flatMap { match in
        match.1.split(separator: " ").compactMap { Double($0.split(separator: ",")[1]) }
      }.max() ?? .infinity
    let legend = numbers(/<line class="curve[^"]*" x1="[^"]*" y1="([^"]*)"/)
    #expect(legend.count == 2 * runs)
    #expect(legend.allSatisfy { $0 > lowest + 20 })
    let height = try #require(numbers(/height="([0-9.]+)" role/).first)
    #expect((legend.max() ?? .infinity) < height)
    for match in svg.matches(of: /<text x="([0-9.]+)" y="[0-9.]+" text-anchor="start">([^<]*)</) {
      let shown = String(match.2).replacing("&lt;", with: "<").replacing("&amp;", with: "&")
      #expect((Double(match.1) ?? 0) + 7 * Double(shown.count) <= 640)
    }
  }
}
