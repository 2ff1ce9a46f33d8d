import Compute
import Foundation
import Interchange
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// What is listed example by example is what the evaluation has counted.
@Suite struct ListingContractTests {
  /// A figure of the evaluation, from the columns `gold` and `prediction`.
  private static let figures:
    [String: @Sendable ([(gold: String, found: String)]) -> (String, Double)] = [
      "classify": { ("accuracy", share($0)) }, "tag": { ("accuracy", share($0)) },
      "answer": { ("accuracy", share($0)) }, "translate": { ("exact", share($0)) },
      "transcribe": { rows in
        // Every text is one word here.
        ("wer", 1 - share(rows))
      },
      "regress": { rows in
        let errors = rows.map { (Double($0.gold) ?? .nan) - (Double($0.found) ?? .nan) }
        return ("mae", errors.reduce(0) { $0 + abs($1) } / Double(errors.count))
      },
    ]

  private static func share(_ rows: [(gold: String, found: String)]) -> Double {
    Double(rows.count { $0.gold == $0.found }) / Double(rows.count)
  }

  @Test(arguments: TaskContractTests.all)
  func listsWhatIsEvaluated(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      guard type is any Listing.Type else {
        return #expect(Self.figures[type.name] == nil)
      }
      let data = try Prepared<Task>(contract)
      let figure = try #require(Self.figures[type.name], "no figure for '\(type.name)'")
      let files = try #require(contract.data?.prediction).files.map(data.folder.file)
      let run = try data.begin("run", ["train.updates": "60", "train.eval_every": "60"])
      try run.train(stopAt: .max)
      let trained = try Task.opened(in: run.folder, team: WorkerTeam(count: 2))
      let listing = try #require(trained as? any Listing).listing(of: files)
      let table = data.runs.file("table.tsv")
      try listing.write(to: table)

      let lines = try String(contentsOf: table, encoding: .utf8).split(separator: "\n")
        .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
      #expect(lines.count == listing.rows.count + 1 && lines.count > 5)
      #expect(lines.allSatisfy { $0.count == listing.columns.count + listing.classes.count })
      let (gold, found) = (
        try #require(lines[0].firstIndex(of: "gold")),
        try #require(lines[0].firstIndex(of: "prediction"))
      )
      let (key, value) = figure(lines.dropFirst().map { ($0[gold], $0[found]) })
      let counted = try #require(trained.evaluate(files).json[key]?.number)
      #expect(abs(counted - value) < 1e-5, "\(key)")

      let matrix = data.runs.file("table.npy")
      guard !listing.classes.isEmpty else {
        let error = #expect(throws: UserError.self) { try listing.writeProbabilities(to: matrix) }
        #expect(error?.kind == .usage)
        return
      }
      try listing.writeProbabilities(to: matrix)
      let numbers = try NPYFile(contentsOf: matrix)
      #expect(numbers.rows == listing.rows.count && numbers.columns == listing.classes.count)
      for row in 0..<numbers.rows {
        let values = numbers.values[row * numbers.columns..<(row + 1) * numbers.columns]
        #expect(abs(values.reduce(0, +) - 1) < 1e-5)
        // The prediction is the most probable.
        #expect(
          values.max() == values[values.startIndex + place(of: lines[row + 1][found], listing)])
        #expect(values.map { "\($0)" } == Array(lines[row + 1].suffix(numbers.columns)))
      }
    }
    try check(contract.task)
  }

  private func place(of name: String, _ listing: PredictionListing) -> Int {
    listing.classes.firstIndex(of: name) ?? 0
  }

  /// What would break the table is a blank.
  @Test func cellsStayInTheirCells() throws {
    let folder = try TemporaryFolder()
    var listing = PredictionListing(["gold", "prediction"], classes: ["a\tb", "c"])
    listing.add(["x\ty", "two\r\nlines"], probabilities: [0.25, 0.75])
    try listing.write(to: folder.file("table.tsv"))
    #expect(
      try String(contentsOf: folder.file("table.tsv"), encoding: .utf8)
        == "gold\tprediction\ta b\tc\nx y\ttwo  lines\t0.25\t0.75\n")
  }
}
