import Compute
import Foundation
import Interchange

/// Appends to `metrics.jsonl`: one JSON object a line, in the file as soon as it is written.
///
/// All errors are `UserError`s that name the file. Not for use by two threads at a time.
package final class MetricsWriter {
  private let url: URL
  private let file: OpenFile
  /// Bytes of whole lines.
  private var length: Int
  /// A line was written in part, and could not be taken back.
  private var isTorn = false
  /// What the file held when it was gone on with.
  package let history: MetricsHistory

  /// Begins an empty file, in place of one that may be there.
  package convenience init(creating url: URL) throws {
    try AtomicFile.write("", to: url)
    try self.init(appendingTo: url, MetricsHistory())
  }

  /// Goes on with the file of a run that is resumed from `update`, so that it tells one history:
  /// lines about later updates, which will be measured again, are taken out, and so are lines that
  /// are not whole, as a kill may leave at the end. A file that is missing is begun anew.
  ///
  /// Cost: reads the whole file, and writes it anew if a line has to go. A file of a newer format is
  /// refused and stays as it is.
  ///
  /// - Parameter beforeValidation: whether the validation at `update` will be measured again too.
  package convenience init(
    resuming url: URL, at update: Int, beforeValidation: Bool = false
  ) throws {
    guard FileManager.default.fileExists(atPath: url.path) else {
      try self.init(creating: url)
      return
    }
    let text = try RegularFile.contents(of: url)
    let lines = text.split(separator: UInt8(ascii: "\n"))
    var history = MetricsHistory()
    let kept = lines.filter { history.keeps($0, until: update, beforeValidation: beforeValidation) }
    try MetricsRecord.format.check(history.format, of: url)
    if kept.count < lines.count || text.last.map({ $0 != UInt8(ascii: "\n") }) == true {
      try AtomicFile.write(to: url) { file in
        for line in kept {
          try line.withUnsafeBytes { try file.append($0) }
          try file.append("\n")
        }
      }
    }
    try self.init(appendingTo: url, history)
  }

  private init(appendingTo url: URL, _ history: MetricsHistory) throws {
    self.url = url
    self.history = history
    (file, length) = try UserError.naming("write", url) {
      let file = try FileSystem.open(url.path, O_WRONLY | O_APPEND)
      do {
        return (file, Int(try FileSystem.status(file).st_size))
      } catch {
        try? FileSystem.close(file)
        throw error
      }
    }
  }

  deinit { try? FileSystem.close(file) }

  /// Adds a line. A process that is killed right after has lost nothing; a machine that loses
  /// power may lose the lines since the last `synchronize`.
  ///
  /// After an error the file ends with the line before, and the next one may be tried.
  package func write(_ record: MetricsRecord) throws {
    let line = Array(((isTorn ? "\n" : "") + record.json + "\n").utf8)
    do {
      try UserError.naming("write", url) {
        try line.withUnsafeBytes { try FileSystem.write(file, $0) }
      }
      length += line.count
      isTorn = false
    } catch {
      do { try FileSystem.truncate(file, to: length) } catch { isTorn = true }
      throw error
    }
  }

  /// Returns when all lines so far would survive a power cut: to be called before a checkpoint is
  /// written, which must not know more than the metrics.
  package func synchronize() throws {
    try UserError.naming("write", url) { try FileSystem.synchronize(file) }
  }
}

/// What the lines of a `metrics.jsonl` tell of the time before a run was resumed.
package struct MetricsHistory: Sendable, Equatable {
  /// Lines about updates that will be measured again.
  package private(set) var laterLines = 0
  /// Lines that were no whole records.
  package private(set) var brokenLines = 0
  /// The last update that a record is about.
  package private(set) var lastUpdate = 0
  /// Updates from the record before to that one.
  private var lastStep = 1
  /// The newest format that the records say they have; nil: none does.
  package private(set) var format: Int?
  /// Seconds of training that the records tell of.
  package private(set) var wallTime = 0.0

  package init() {}

  /// Whether a line is whole and not about an update after `update`.
  mutating func keeps(
    _ line: ArraySlice<UInt8>, until update: Int, beforeValidation: Bool = false
  ) -> Bool {
    let value = line.withUnsafeBytes { try? JSONValue(parsing: $0) }
    guard let value, case .object = value else {
      brokenLines += 1
      return false
    }
    if let found = value[MetricsRecord.formatName]?.integer { format = max(format ?? 1, found) }
    if let found = value[MetricsRecord.updateName]?.integer {
      let isAgain =
        beforeValidation && found == update
        && value[MetricsRecord.splitName]?.string == MetricsRecord.validation
      guard found <= update, !isAgain else {
        laterLines += 1
        return false
      }
      if found > lastUpdate { (lastStep, lastUpdate) = (found - lastUpdate, found) }
    }
    wallTime = max(wallTime, value[MetricsRecord.wallTimeName]?.number ?? 0)
    return true
  }

  /// What is missing from the records of a run that goes on from `update`, in sentences.
  ///
  /// - Parameter interval: of the records from now on; those before may have had another.
  package func gaps(until update: Int, _ interval: RecordInterval = .automatic) -> [String] {
    var gaps: [String] = []
    if brokenLines > 0 {
      gaps.append("metrics.jsonl held \(brokenLines) lines that were not whole; they are gone")
    }
    if interval.next(after: lastUpdate) <= update, lastUpdate + lastStep <= update {
      gaps.append("metrics.jsonl lacks updates \(lastUpdate + 1) to \(update)")
    }
    return gaps
  }
}
