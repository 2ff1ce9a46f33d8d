import Measures
import Compute
import Foundation
import Interchange

/// What runs measured while they trained, over updates: figures of validation, or of training where
/// validation has none of that name.
package struct LearningCurves {
  package struct Curve: Sendable {
    package let name: String
    package let points: [(update: Int, value: Double)]

    package var lowest: (update: Int, value: Double) { points.min { $0.value < $1.value }! }
  }

  package let measure: String
  /// One for each run, none without points.
  package let curves: [Curve]

  /// Points a curve; of more, as a figure for every update makes them, means over equal stretches
  /// are kept.
  static let resolution = 400

  /// - Parameter measure: a name in `metrics.jsonl`, such as `loss`.
  /// - Throws: `UserError` for a run without such a figure, with the names that it has.
  package init(_ runs: [RunFolder], measure: String) throws {
    self.measure = measure
    curves = try runs.map { run in
      let text = (try? Data(contentsOf: run.metrics)) ?? Data()
      // A run that was killed may end in half a line.
      let records = text.split(separator: UInt8(ascii: "\n")).compactMap {
        try? JSONValue(parsing: String(decoding: $0, as: UTF8.self))
      }
      for record in records {
        try MetricsRecord.format.check(
          record[MetricsRecord.formatName]?.integer, of: run.metrics)
      }
      let points = ["valid", "train"].lazy.map { split in
        records.filter { $0["split"]?.string == split }.compactMap(point)
      }.first { !$0.isEmpty }
      guard let points else {
        let names = Set(records.flatMap(\.measures)).sorted().joined(separator: ", ")
        throw UserError.usage(
          "'\(run.url.relativePath)' has measured no '\(measure)'",
          hint: names.isEmpty ? "it has not come to its first figure" : "it has: \(names)")
      }
      return Curve(name: run.url.lastPathComponent, points: Self.thinned(points))
    }

    func point(_ record: JSONValue) -> (update: Int, value: Double)? {
      guard let update = record["update"]?.integer, let value = record[measure]?.number else {
        return nil
      }
      return (update, value)
    }
  }

  private static func thinned(
    _ points: [(update: Int, value: Double)]
  ) -> [(update: Int, value: Double)] {
    let size = (points.count - 1) / resolution + 1
    return stride(from: 0, to: points.count, by: size).map { start in
      let stretch = points[start..<min(start + size, points.count)]
      return (
        stretch.last!.update, stretch.reduce(0) { $0 + $1.value / Double(stretch.count) }
      )
    }
  }

  package var svg: String {
    let points = curves.flatMap(\.points)
    return LinePlot(
      title: measure, x: .linear("updates", around: points.map { Double($0.update) }),
      y: .linear(measure, around: points.map(\.value)),
      curves: curves.enumerated().map { index, curve in
        LinePlot.Curve(
          name: curve.name, style: .colour(index),
          points: curve.points.map { (Double($0.update), $0.value) })
      }
    ).svg
  }
}

extension JSONValue {
  /// Names of the numbers in a line of metrics.
  fileprivate var measures: [String] {
    guard case .object(let members) = self else { return [] }
    let others = [MetricsRecord.updateName, MetricsRecord.formatName]
    return members.filter { $0.value.number != nil && !others.contains($0.name) }.map(\.name)
  }
}
