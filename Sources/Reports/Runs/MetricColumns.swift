import Interchange
import Runs

/// What a run measured in training or in validation, as columns over its course: places, and a column for
/// each figure.
package struct MetricColumns: Sendable {
  /// Rows at most; of more, means over equal stretches are kept.
  package static let resolution = 1200

  /// A row a record; nil where a record lacks the figure, or has one that is no finite number.
  private(set) var places: [(name: String, values: [Double?])]
  private(set) var figures: [(name: String, values: [Double?])] = []

  private static let update = MetricsRecord.updateName
  private static let placeNames = [update, "tokens", MetricsRecord.wallTimeName, "epoch"]

  /// - Parameters:
  ///   - split: `train` or `valid`.
  ///   - records: all of the run's, in order.
  package init(_ split: String, of records: [JSONValue]) {
    var rows: [(record: JSONValue, tokens: Int)] = []
    var (tokens, last) = (0, 0)
    for record in records {
      let name = record[MetricsRecord.splitName]?.string
      if name == "train", let update = record[Self.update]?.integer {
        // Long runs have a record of every tenth or hundredth update.
        // Wrapping: a file that is damaged has any number.
        tokens &+= (record["tokens"]?.integer ?? 0) &* max(1, update &- last)
        last = update
      }
      if name == split { rows.append((record, tokens)) }
    }
    places = Self.placeNames.map { place in
      (place, rows.map { place == "tokens" ? Double($0.tokens) : $0.record[place]?.number })
    }.filter { $0.1.contains { $0 != nil } }
    var known = Set<String>()
    for (record, _) in rows {
      guard case .object(let members) = record else { continue }
      for member in members
      where member.value.number != nil && !MetricsRecord.circumstances.contains(member.name)
        && known.insert(member.name).inserted
      {
        figures.append((member.name, rows.map { $0.record[member.name]?.number }))
      }
    }
  }

  var lastUpdate: Int { last(Self.update).flatMap { Int(exactly: $0) } ?? 0 }

  func last(_ place: String) -> Double? { places.first { $0.name == place }?.values.last ?? nil }

  /// For the page: rows in stretches, numbers of six digits.
  package var json: JSONValue {
    let count = places.first?.values.count ?? 0
    let size = max(1, (count - 1) / Self.resolution + 1)
    let stretches = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    func mean(_ values: ArraySlice<Double?>) -> JSONValue {
      let known = values.compactMap(\.self).filter(\.isFinite)
      return known.isEmpty
        ? .null : .short(known.reduce(0) { $0 + $1 / Double(known.count) })
    }
    return [
      "places": .object(
        places.map { place in
          .init(
            place.name,
            .array(stretches.map { place.values[$0.upperBound - 1].map(JSONValue.short) ?? .null }))
        }),
      "values": .object(
        figures.map { figure in
          .init(figure.name, .array(stretches.map { mean(figure.values[$0]) }))
        }),
    ]
  }
}

extension JSONValue {
  /// A whole number, or one of six digits.
  static func short(_ value: Double) -> JSONValue {
    guard value.isFinite else { return .null }
    if let whole = Int(exactly: value) { return .integer(whole) }
    guard value != 0 else { return .integer(0) }
    var digits = 1.0
    while abs(value) * digits < 1e5, digits < 1e300 { digits *= 10 }
    let result = (value * digits).rounded() / digits
    return .number(result.isFinite ? result : value)
  }
}
