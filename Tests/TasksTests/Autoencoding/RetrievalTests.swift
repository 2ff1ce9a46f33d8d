import Compute
import Foundation
import TestSupport
import Testing
import Unroll

/// Vectors to files and back, and how they are searched and judged, against values worked out by hand.
@Suite struct RetrievalTests {
  private let folder: TemporaryFolder
  private let vectors = CodeVectors(
    names: ["east", "north", "north-east", "west", "nowhere"], columns: 2,
    values: [2, 0, 0, 0.5, 3, 3, -1, 0, 0, 0])

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [1, 2, 5])
  func nearestByTheCosine(threads: Int) {
    let found = vectors.nearest(to: [1, 0][...], limit: 4, team: WorkerTeam(count: threads))
    // Equals in their order; nothing has an angle with zero.
    #expect(found.map(\.index) == [0, 2, 1, 4])
    #expect(found[0].similarity == 1)
    #expect(abs(found[1].similarity - 0.5.squareRoot()) < 1e-15)
    #expect(found[2].similarity == 0 && found[3].similarity == 0)
  }

  /// Six items on a circle: a a b a b c at 0°, 10°, 15°, 40°, 90° and 170°.
  ///
  /// - 0° ranks 10 a, 15 b, 40 a, 90 b, 170 c: (1/1 + 2/3) / 2
  /// - 10° ranks 15 b, 0 a, 40 a, …: (1/2 + 2/3) / 2
  /// - 15° (b) ranks 10 a, 0 a, 40 a, 90 b, 170 c: 1/4
  /// - 40° ranks 15 b, 10 a, 0 a, 90 b, …: (1/2 + 2/3) / 2
  /// - 90° (b) ranks 40 a, 15 b, …: 1/2
  /// - 170° (c) has nothing to find.
  @Test(arguments: [1, 3])
  func meanAveragePrecision(threads: Int) throws {
    let angles = [0.0, 10, 15, 40, 90, 170].map { $0 * Double.pi / 180 }
    let circle = CodeVectors(
      names: angles.map { "\($0)" }, columns: 2,
      values: angles.flatMap { [Float(cos($0)), Float(sin($0))] })
    let scores = try #require(
      RetrievalScores(
        circle, labels: ["a", "a", "b", "a", "b", "c"], team: WorkerTeam(count: threads)))
    let first = (1 + 2.0 / 3) / 2
    let second = (0.5 + 2.0 / 3) / 2
    #expect(
      abs(scores.meanAveragePrecision - (first + 2 * second + 0.25 + 0.5) / 5) < 1e-12)
    #expect(scores.queryCount == 5)
    #expect(scores.precisionAtOne == 0.2)
    #expect(
      RetrievalScores(
        circle, labels: ["a", "b", "c", "d", "e", "f"], team: WorkerTeam(count: 1)) == nil)
  }

  @Test func filesHoldVectorsAndNames() throws {
    let url = folder.file("v.npy")
    try vectors.write(to: url)
    #expect(try folder.names == ["v.npy", "v.txt"])
    #expect(try CodeVectors(contentsOf: url) == vectors)
    let table = folder.file("v.tsv")
    try vectors.writeTable(to: table)
    let lines = try String(contentsOf: table, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 5 && lines[2] == "north-east\t3.0\t3.0")
  }

  @Test func filesThatDoNotBelongTogetherAreRefused() throws {
    let url = folder.file("v.npy")
    // As numpy saves it, without names.
    try NPYFile(rows: 5, columns: vectors.columns, values: vectors.values).write(to: url)
    try folder.write("only\none\n", to: "v.txt")
    let counts = try #require(throws: UserError.self) { try CodeVectors(contentsOf: url) }
    #expect(counts.message.contains("v.txt' holds 2 names") && counts.message.contains("5 vectors"))
    try FileManager.default.removeItem(at: folder.file("v.txt"))
    let missing = try #require(throws: UserError.self) { try CodeVectors(contentsOf: url) }
    #expect(missing.message.contains("v.txt', the names of the vectors"))
    try CodeVectors(names: ["a"], columns: 1, values: [.nan]).write(to: url)
    let infinite = try #require(throws: UserError.self) { try CodeVectors(contentsOf: url) }
    #expect(infinite.message.contains("not finite"))
    #expect(throws: UserError.self) { try vectors.write(to: folder.file("v.txt")) }
  }
}
