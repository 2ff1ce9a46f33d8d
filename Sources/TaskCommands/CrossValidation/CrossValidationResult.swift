import Foundation
import Interchange

/// What the runs of a cross-validation were tested with: mean and standard deviation over all of them.
struct CrossValidationResult {
  struct Run {
    let name: String
    let fold: Int
    let seed: Int
    let figures: [(key: String, value: Double)]
  }

  private let runs: [Run]
  private let folds: Int
  private let seeds: Int

  init(_ runs: [Run], folds: Int, seeds: Int) {
    (self.runs, self.folds, self.seeds) = (runs, folds, seeds)
  }

  /// Those that every run has, in the order of the first.
  private var keys: [String] {
    (runs.first?.figures ?? []).map(\.key).filter { key in
      runs.allSatisfy { $0.figures.contains { $0.key == key } }
    }
  }

  private func values(_ key: String) -> [Double] {
    runs.compactMap { run in run.figures.first { $0.key == key }?.value }
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// Of a sample: the sum of squares is divided by one less than there are.
  static func deviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(max(1, values.count - 1))).squareRoot()
  }

  /// A line a run, then mean and deviation.
  var table: String {
    func text(_ value: Double) -> String { String(format: "%.4f", value) }
    let keys = keys
    let rows =
      [[""] + keys]
      + runs.map { run in
        [run.name]
          + keys.compactMap { key in run.figures.first { $0.key == key } }.map { text($0.value) }
      } + [
        ["mean"] + keys.map { text(Self.mean(values($0))) },
        ["± deviation"] + keys.map { text(Self.deviation(values($0))) },
      ]
    let widths = (0...keys.count).map { column in rows.map(\.[column].count).max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + blanks : "  " + blanks + cell
      }.joined() + "\n"
    }.joined()
  }

  var json: JSONValue {
    func object(_ value: ([Double]) -> Double) -> JSONValue {
      .object(keys.map { .init($0, .number(value(values($0)))) })
    }
    return .object([
      .init("folds", .integer(folds)), .init("seeds", .integer(seeds)),
      .init(
        "runs",
        .array(
          runs.map { run in
            .object(
              [
                .init("run", .string(run.name)), .init("fold", .integer(run.fold)),
                .init("seed", .integer(run.seed)),
              ] + run.figures.map { .init($0.key, .number($0.value)) })
          })),
      .init("mean", object(Self.mean)), .init("deviation", object(Self.deviation)),
    ])
  }
}
