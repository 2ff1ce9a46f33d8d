import Compute
import Foundation
import Interchange

/// Appends to `metrics.jsonl`: one JSON object a line, in the file as soon as it is written.
///
/// All errors are `UserError`s that name the file. Not for use by two threads at a time.
package final class MetricsWriter {
  private let url: URL
  private let descriptor: Int32
  /// Lines that `init(resuming:at:)` took out.
  package let droppedLines: Int

  /// Begins an empty file, in place of one that may be there.
  package convenience init(creating url: URL) throws {
    try AtomicFile.write("", to: url)
    try self.init(appendingTo: url, droppedLines: 0)
  }

  /// Goes on with the file of a run that is resumed from `update`, so that it tells one history:
  /// lines about later updates, which will be measured again, are taken out, and so are lines that
  /// are not whole, as a kill may leave at the end. A file that is missing is begun anew.
  ///
  /// Cost: reads the whole file, and writes it anew if a line has to go.
  package convenience init(resuming url: URL, at update: Int) throws {
    guard FileManager.default.fileExists(atPath: url.path) else {
      try self.init(creating: url)
      return
    }
    let text: Data
    do {
      text = try Data(contentsOf: url)
    } catch {
      throw UserError(
        "cannot read '\(url.relativePath)'", hint: "check that it is a file, and its permissions")
    }
    let lines = text.split(separator: UInt8(ascii: "\n"))
    let kept = lines.filter { Self.isPartOfHistory($0, until: update) }
    if kept.count < lines.count || text.last.map({ $0 != UInt8(ascii: "\n") }) == true {
      try AtomicFile.write(to: url) { file in
        for line in kept {
          try line.withUnsafeBytes { try file.append($0) }
          try file.append("\n")
        }
      }
    }
    try self.init(appendingTo: url, droppedLines: lines.count - kept.count)
  }

  private init(appendingTo url: URL, droppedLines: Int) throws {
    let descriptor = open(url.path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw UserError.cannot("write", url, code: errno) }
    self.url = url
    self.descriptor = descriptor
    self.droppedLines = droppedLines
  }

  deinit { close(descriptor) }

  /// Adds a line. A process that is killed right after has lost nothing; a machine that loses
  /// power may lose the last lines.
  package func write(_ record: MetricsRecord) throws {
    let line = Array((record.json + "\n").utf8)
    try line.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
        let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          throw UserError.cannot("write", url, code: errno)
        }
        done += written
      }
    }
  }

  /// Whether a line is whole and not about an update after `update`.
  private static func isPartOfHistory(_ line: Data, until update: Int) -> Bool {
    line.withUnsafeBytes { bytes in
      guard let value = try? JSONValue(parsing: bytes), case .object = value else { return false }
      return value[MetricsRecord.updateName]?.integer.map { $0 <= update } ?? true
    }
  }
}
