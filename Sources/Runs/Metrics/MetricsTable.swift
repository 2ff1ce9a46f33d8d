import Interchange

/// A run's records as a table with commas (RFC 4180): a line a record, a column for every name that any of
/// them has, in the order in which the names appear first.
package struct MetricsTable: Sendable {
  package let columns: [String]
  private let records: [JSONValue]

  package init(_ records: [JSONValue]) {
    self.records = records
    var (columns, known) = ([String](), Set<String>())
    for record in records {
      guard case .object(let members) = record else { continue }
      for member in members
      where member.name != MetricsRecord.nonfiniteName && known.insert(member.name).inserted {
        columns.append(member.name)
      }
    }
    self.columns = columns
  }

  /// What JSON cannot hold as a number is written as it was: `nan`, `inf`, `-inf`.
  package var csv: String {
    ([columns.map { CSVField.written($0) }] + records.map(cells)).map {
      $0.joined(separator: ",") + "\n"
    }
    .joined()
  }

  private func cells(_ record: JSONValue) -> [String] {
    let nonfinite = record[MetricsRecord.nonfiniteName]
    return columns.map { column in
      switch record[column] {
      case nil: ""
      case .null?: nonfinite?[column]?.string ?? ""
      case .string(let text)?: CSVField.written(text)
      case .array(let values)?:
        CSVField.written(values.map { $0.string ?? $0.description }.joined(separator: "; "))
      case let value?: CSVField.written(value.description)
      }
    }
  }
}
