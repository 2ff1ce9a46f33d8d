import Compute
import Foundation
import TestSupport
import Testing
import Runs

/// Which figures of a run become its curve, and where its axes are marked.
@Suite struct LearningCurvesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func curves(_ lines: [String], _ measure: String) throws -> LearningCurves {
    try? FileManager.default.removeItem(at: folder.file("run"))
    let run = try RunFolder.plan(at: folder.file("run"))
    try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
    try lines.joined(separator: "\n").write(to: run.metrics, atomically: true, encoding: .utf8)
    return try LearningCurves([run], measure: measure)
  }

  @Test func validationComesBeforeTraining() throws {
    let lines = [
      #"{"update":1,"split":"train","loss":9,"lr":0.5}"#,
      #"{"update":2,"split":"valid","loss":4}"#,
      #"{"update":3,"split":"valid","loss":null,"nonfinite":{"loss":"nan"}}"#,
      #"{"update":4,"split":"valid","loss":3}"#, #"{"update":5,"split":"val"#,
    ]
    let loss = try curves(lines, "loss").curves[0]
    #expect(loss.points.map(\.update) == [2, 4] && loss.points.map(\.value) == [4, 3])
    #expect(loss.lowest.update == 4)
    #expect(try curves(lines, "lr").curves[0].points.map(\.value) == [0.5])
    let error = #expect(throws: UserError.self) { try curves(lines, "los") }
    #expect(error?.hint == "it has: loss, lr")
    let empty = #expect(throws: UserError.self) { try curves([], "loss") }
    #expect(empty?.hint?.contains("first figure") == true)
  }

  /// 900 figures become 300 means of three.
  @Test func manyFiguresBecomeMeans() throws {
    let lines = (1...900).map { #"{"update":\#($0),"split":"train","loss":\#($0)}"# }
    let points = try curves(lines, "loss").curves[0].points
    #expect(points.map(\.update) == (1...300).map { 3 * $0 })
    #expect(zip(points, 1...).allSatisfy { abs($0.value - Double(3 * $1 - 1)) < 1e-9 })
  }

  @Test(arguments: [
    ([0.0, 0.3], ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"]),
    ([-0.4, 1.0], ["0.0", "0.5", "1.0"]),
    ([0.0, 0.0], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), ([7.0], ["0", "2", "4", "6"]),
  ])
  func axesAreMarkedAtRoundValues(values: [Double], ticks: [String]) throws {
    let lines = values.map { #"{"update":6,"split":"valid","loss":\#($0)}"# }
    let svg = try curves(lines, "loss").svg
    let marks = svg.matches(of: /text-anchor="end">([^<]+)</).map { String($0.1) }
    #expect(marks == ticks)
  }
}
