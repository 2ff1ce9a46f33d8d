import Compute
import Foundation

/// A Standard MIDI File: tracks of timed events.
///
/// Source: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (RP-001).
package struct MIDIFile: Sendable, Equatable {
  /// Something that happens at a time.
  package struct Event: Sendable, Equatable {
    /// Ticks from the start of the track.
    package var time: Int
    package var message: Message

    package init(time: Int, _ message: Message) {
      self.time = time
      self.message = message
    }
  }

  /// Channels are 0 ... 15, keys and velocities 0 ... 127.
  package enum Message: Sendable, Equatable {
    case noteOff(channel: UInt8, key: UInt8, velocity: UInt8)
    /// With velocity 0 it ends a note.
    case noteOn(channel: UInt8, key: UInt8, velocity: UInt8)
    /// Any other channel message: its status byte and its one or two data bytes.
    case channel(status: UInt8, data: [UInt8])
    /// Meta event 0x51: microseconds a quarter note.
    case tempo(Int)
    /// Any other meta event but the end of the track, which is not kept: it is always there.
    case meta(type: UInt8, data: [UInt8])
    /// Status F0 or F7.
    case exclusive(status: UInt8, data: [UInt8])
  }

  /// 0: one track; 1: tracks that sound together; 2: tracks that follow no common time.
  package var format: Int
  /// Ticks a quarter note, 1 ... 32767.
  package var division: Int
  /// Events by time; equal times in order.
  package var tracks: [[Event]]

  package init(format: Int, division: Int, tracks: [[Event]]) {
    precondition((0...2).contains(format), "MIDI format \(format)")
    precondition((1...0x7FFF).contains(division), "\(division) ticks a quarter note")
    precondition(format > 0 || tracks.count == 1, "format 0 has one track, not \(tracks.count)")
    self.format = format
    self.division = division
    self.tracks = tracks
  }

  /// Ticks a quarter note of files that are made here: divisible by 2⁵, 3 and 5.
  package static let defaultDivision = 480

  /// Writes the file: whole or not at all. Throws `UserError`.
  package func write(to url: URL) throws {
    try AtomicFile.write(to: url) { writer in
      try bytes.withUnsafeBytes { try writer.append($0) }
    }
  }

  /// Reads a file, which may be compressed. Throws a `UserError` that names the file, the chunk and the byte.
  package init(contentsOf url: URL) throws {
    let bytes = try UnpackedFile.open(url).rest()
    do throws(MIDIError) {
      try self.init(parsing: bytes)
    } catch {
      throw UserError(
        "'\(url.relativePath)' \(error.reason), in \(error.chunk) at byte \(error.offset)",
        hint: error.hint)
    }
  }
}

/// What is wrong with the bytes of a MIDI file, and where.
package struct MIDIError: Error, Equatable {
  package let reason: String
  /// `the header chunk MThd` or `track chunk MTrk 2`.
  package let chunk: String
  package let offset: Int
  package let hint: String
}
