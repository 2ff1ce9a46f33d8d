import Compute
import Foundation
import Interchange
import Measures

/// What runs measured while they trained: a figure of validation, of training, or of both in one
/// picture.
package struct LearningCurves {
  /// What curves run over.
  package enum Course: String, CaseIterable, Sendable {
    case updates, tokens, time
  }

  package enum Split: String, CaseIterable, Sendable {
    case validation = "valid"
    case training = "train"
  }

  package struct Point: Sendable, Equatable {
    package let update: Int
    /// Updates, tokens trained on or seconds of training up to there.
    package let place: Double
    package let value: Double
  }

  package struct Curve: Sendable {
    /// The run's.
    package let name: String
    package let split: Split
    /// At least one.
    package let points: [Point]
    fileprivate let measure: String

    package var lowest: Point { points.min { $0.value < $1.value } ?? points[0] }
    package var highest: Point { points.max { $0.value < $1.value } ?? points[0] }

    /// Where the figure is best, with the word for it; nil where nobody knows which way is better.
    package var best: (word: String, point: Point)? {
      switch Figure.direction(of: measure) {
      case .lowerIsBetter: ("lowest", lowest)
      case .higherIsBetter: ("highest", highest)
      case nil: nil
      }
    }
  }

  package let measure: String
  package let course: Course
  /// For each run that of validation, that of training, or one after the other.
  package let curves: [[Curve]]

  /// Points a curve; of more, as a figure for every update makes them, means over equal stretches
  /// are kept.
  static let resolution = 400

  /// - Parameter measure: a name in `metrics.jsonl`, such as `loss`.
  /// - Throws: `UserError` for a run without such a figure, with the names that it has.
  package init(_ runs: [RunFolder], measure: String, over course: Course = .updates) throws {
    self.measure = measure
    self.course = course
    curves = try runs.map { run in
      let records = try run.metricsRecords()
      let places = try Self.places(of: records, over: course, in: run)
      let curves = Split.allCases.compactMap { split -> Curve? in
        let points = zip(records, places).compactMap { record, place -> Point? in
          guard record["split"]?.string == split.rawValue,
            let update = record["update"]?.integer, let value = record[measure]?.number
          else { return nil }
          return Point(update: update, place: place, value: value)
        }
        guard !points.isEmpty else { return nil }
        return Curve(
          name: run.url.lastPathComponent, split: split, points: Self.thinned(points),
          measure: measure)
      }
      guard !curves.isEmpty else {
        let names = Set(records.flatMap(\.measures)).sorted().joined(separator: ", ")
        throw UserError.usage(
          "'\(run.url.relativePath)' has measured no '\(measure)'",
          hint: names.isEmpty ? "it has not come to its first figure" : "it has: \(names)")
      }
      return curves
    }
  }

  /// Where each record stands on the way.
  private static func places(
    of records: [JSONValue], over course: Course, in run: RunFolder
  ) throws -> [Double] {
    var tokens = 0.0
    return try records.map { record in
      if record["split"]?.string == Split.training.rawValue {
        tokens += Double(record["tokens"]?.integer ?? 0)
      }
      switch course {
      case .updates: return Double(record["update"]?.integer ?? 0)
      case .tokens: return tokens
      case .time:
        // Some lines, such as those of a profile, are about no moment.
        guard Split(rawValue: record["split"]?.string ?? "") != nil else { return 0 }
        guard let time = record[MetricsRecord.wallTimeName]?.number else {
          throw UserError.usage(
            "'\(run.url.relativePath)' has recorded no time", hint: "use --over updates")
        }
        return time
      }
    }
  }

  private static func thinned(_ points: [Point]) -> [Point] {
    let size = (points.count - 1) / resolution + 1
    return stride(from: 0, to: points.count, by: size).map { start in
      let stretch = points[start..<min(start + size, points.count)]
      let last = stretch[stretch.endIndex - 1]
      return Point(
        update: last.update, place: last.place,
        value: stretch.reduce(0) { $0 + $1.value / Double(stretch.count) })
    }
  }

  // MARK: Picture

  package var svg: String {
    let all = curves.joined()
    let (unit, scale) = unit(of: all.flatMap { $0.points.map(\.place) }.max() ?? 0)
    return LinePlot(
      title: measure,
      x: .linear(unit, around: all.flatMap { $0.points.map { $0.place / scale } }),
      y: .fitting(measure, around: all.flatMap { $0.points.map(\.value) }),
      curves: curves.enumerated().flatMap { index, run in
        // The main one is drawn last, over the other.
        run.enumerated().reversed().map { order, curve in
          LinePlot.Curve(
            name: run.count > 1 && order == 0 ? "\(curve.name), validation" : curve.title,
            style: order == 0 ? .colour(index) : .faint(index),
            points: curve.points.map { ($0.place / scale, $0.value) },
            mark: order > 0
              ? nil
              : curve.best.map { word, point in
                (
                  point.place / scale, point.value,
                  String(format: "%@ %.4g at update %ld", word, point.value, point.update)
                )
              })
        }
      }
    ).svg
  }

  /// What the axis counts, and how many of the course's own make one.
  private func unit(of largest: Double) -> (name: String, scale: Double) {
    switch course {
    case .updates: ("updates", 1)
    case .tokens:
      switch largest {
      case 2e9...: ("billion tokens", 1e9)
      case 2e6...: ("million tokens", 1e6)
      case 2e3...: ("thousand tokens", 1e3)
      default: ("tokens", 1)
      }
    case .time:
      switch largest {
      case 7200...: ("hours", 3600)
      case 120...: ("minutes", 60)
      default: ("seconds", 1)
      }
    }
  }
}

extension LearningCurves.Curve {
  /// The run, and what was measured where that is not a validation.
  package var title: String { split == .training ? "\(name), training" : name }

  /// First, last and best value, in a line.
  package var text: String {
    let (first, last) = (points[0], points[points.count - 1])
    let start = String(
      format: ": %.6g at update %ld, %.6g at %ld", first.value, first.update, last.value,
      last.update)
    let extremes = best.map { [$0] } ?? [("lowest", lowest), ("highest", highest)]
    return title + start
      + extremes.map { String(format: ", %@ %.6g at %ld", $0, $1.value, $1.update) }.joined()
  }
}

extension LearningCurves {
  /// The curves of run `index`, for machines; those of training beside those of validation are in
  /// `training`.
  package func json(_ index: Int, run: String) -> JSONValue {
    func members(_ curve: Curve) -> [JSONValue.Member] {
      let places = curve.points.map { JSONValue.number($0.place) }
      return [
        .init("split", .string(curve.split.rawValue)),
        .init("updates", .array(curve.points.map { .integer($0.update) })),
      ] + (course == .updates ? [] : [.init(course.rawValue, .array(places))])
        + [.init("values", .array(curve.points.map { .number($0.value) }))]
        + (curve.best.map { word, point in
          [
            .init(
              word,
              .object([
                .init("update", .integer(point.update)), .init("value", .number(point.value)),
              ]))
          ]
        } ?? [])
    }
    let run = [JSONValue.Member("run", .string(run)), .init("measure", .string(measure))]
    let more = curves[index].dropFirst().map { JSONValue.Member("training", .object(members($0))) }
    return .object(run + members(curves[index][0]) + more)
  }
}

extension JSONValue {
  /// Names of the numbers in a line of metrics.
  fileprivate var measures: [String] {
    guard case .object(let members) = self else { return [] }
    return members.filter {
      $0.value.number != nil && !MetricsRecord.circumstances.contains($0.name)
    }.map(\.name)
  }
}
