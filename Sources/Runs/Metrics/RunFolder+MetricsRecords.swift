import Compute
import Foundation
import Interchange

extension RunFolder {
  /// What `metrics.jsonl` holds, in its order; empty where the file is not there. A run that was killed may
  /// end in half a line, which is left out.
  ///
  /// Throws a `UserError` if the file cannot be read or is of a newer format.
  package func metricsRecords() throws -> [JSONValue] {
    guard FileManager.default.fileExists(atPath: metrics.path) else { return [] }
    let records = try RegularFile.contents(of: metrics).split(separator: UInt8(ascii: "\n"))
      .compactMap { line in line.withUnsafeBytes { try? JSONValue(parsing: $0) } }
    for record in records {
      try MetricsRecord.format.check(record[MetricsRecord.formatName]?.integer, of: metrics)
    }
    return records
  }
}
