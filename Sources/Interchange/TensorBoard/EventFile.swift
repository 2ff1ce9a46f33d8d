import Compute
import Foundation

/// A file of events as TensorBoard reads them, which grows while a program runs.
///
/// TensorFlow's records: the length of an event, its checksum, the event, its checksum; an event is a
/// message of tensorflow/core/util/event.proto.
///
/// All errors are `UserError`s that name the file. Not for use by two threads at a time.
package final class EventFile {
  package static let prefix = "events.out.tfevents."

  package let url: URL
  private let file: OpenFile
  /// Bytes of whole records.
  private var length = 0

  /// Begins a file in `folder`, which is made if it is missing. Its name sorts behind those of before.
  package init(in folder: URL, host: String, at time: Date = Date()) throws {
    try UserError.naming("make the folder", folder) { _ = try FileSystem.makeFolders(folder.path) }
    let seconds = Int(time.timeIntervalSince1970)
    var made: (url: URL, file: OpenFile)?
    for number in 0..<100 where made == nil {
      let name =
        Self.prefix + String(format: "%010ld", seconds) + ".\(host).\(getpid()).\(number)"
      let url = folder.appendingPathComponent(name)
      made = try UserError.naming("write", url) {
        do {
          return (url, try FileSystem.open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND))
        } catch let error as SystemError where error.code == EEXIST {
          return nil
        }
      }
    }
    guard let made else {
      throw UserError("'\(folder.relativePath)' has event files of every name that would be taken")
    }
    (url, file) = made
    try append(step: 0, time: time) { $0.add(3, "brain.Event:2") }
  }

  deinit { try? FileSystem.close(file) }

  package func write(_ summaries: [BoardSummary], step: Int, at time: Date = Date()) throws {
    guard !summaries.isEmpty else { return }
    var summary = ProtobufMessage()
    for one in summaries { summary.add(1, one.message) }
    try append(step: step, time: time) { $0.add(5, summary) }
  }

  /// Says that a training goes on: what earlier files tell of `step` and later is made again.
  package func restart(at step: Int, time: Date = Date()) throws {
    var start = ProtobufMessage()
    start.add(1, 1)
    try append(step: step, time: time) { $0.add(7, start) }
  }

  private func append(step: Int, time: Date, _ fill: (inout ProtobufMessage) -> Void) throws {
    var event = ProtobufMessage()
    event.add(1, time.timeIntervalSince1970)
    event.add(2, step)
    fill(&event)
    let record = Self.record(event.bytes)
    do {
      try UserError.naming("write", url) {
        try record.withUnsafeBytes { try FileSystem.write(file, $0) }
      }
      length += record.count
    } catch {
      // Half a record would hide all that follow.
      try? FileSystem.truncate(file, to: length)
      throw error
    }
  }

  package static func record(_ data: [UInt8]) -> [UInt8] {
    let count = withUnsafeBytes(of: UInt64(data.count).littleEndian) { Array($0) }
    return count + masked(count) + data + masked(data)
  }

  /// A checksum of data that hold checksums themselves is turned and shifted.
  private static func masked(_ bytes: [UInt8]) -> [UInt8] {
    let sum = CRC32.castagnoli.checksum(of: bytes)
    let mask = (sum >> 15 | sum << 17) &+ 0xA282_EAD8
    return withUnsafeBytes(of: mask.littleEndian) { Array($0) }
  }
}
