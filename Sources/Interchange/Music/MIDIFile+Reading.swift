import Compute

extension MIDIFile {
  /// Reads a file's bytes. Unknown chunks are skipped, bytes after the last track too.
  ///
  /// Two things that the standard forbids and programs write are read as they are meant: running
  /// status that goes on after a meta event or a system exclusive one, and a track that lacks its end
  /// (FF 2F 00).
  ///
  /// Throws a `MIDIError` for bytes that are no MIDI file, for a chunk that is cut short and for time
  /// that is not counted in ticks a quarter note.
  package init(parsing bytes: [UInt8]) throws(MIDIError) {
    var reader = MIDIReader(bytes: bytes, end: bytes.count)
    let cut = "fetch the file again"
    guard bytes.starts(with: "MThd".utf8) else {
      throw reader.error("is no MIDI file: it does not begin with 'MThd'", "name a .mid file")
    }
    reader.position = 4
    let length = try reader.number(size: 4)
    guard length >= 6, length <= bytes.count - 8 else {
      throw reader.error("is cut short: a header of \(length) bytes", cut)
    }
    let format = try reader.number(size: 2)
    let count = try reader.number(size: 2)
    let division = try reader.number(size: 2)
    guard format <= 2, format > 0 || count == 1 else {
      throw reader.error(
        "has the format \(format) with \(count) tracks, expected 0 with one, 1 or 2",
        "export it again as format 0 or 1")
    }
    guard division & 0x8000 == 0, division > 0 else {
      throw reader.error(
        "counts time in frames a second, expected ticks a quarter note",
        "export it again with ticks a quarter note")
    }
    reader.position = 8 + length
    var tracks: [[Event]] = []
    while tracks.count < count {
      reader.chunk = "track chunk MTrk \(tracks.count + 1) of \(count)"
      guard reader.position < bytes.count else { throw reader.error("is cut short", cut) }
      let start = reader.position
      let name = try reader.bytes(4)
      let length = try reader.number(size: 4)
      guard length <= bytes.count - reader.position else {
        throw reader.error(
          "is cut short: \(bytes.count - reader.position) bytes are left of the chunk from "
            + "byte \(start), expected \(length)", cut)
      }
      let end = reader.position + length
      if name.elementsEqual("MTrk".utf8) {
        reader.end = end
        tracks.append(try reader.track())
        reader.end = bytes.count
      }
      reader.position = end
    }
    self.init(format: format, division: division, tracks: tracks)
  }
}

/// Reads on from `position`, never beyond `end`.
private struct MIDIReader {
  let bytes: [UInt8]
  var end: Int
  var position = 0
  var chunk = "the header chunk MThd"

  init(bytes: [UInt8], end: Int) {
    self.bytes = bytes
    self.end = end
  }

  func error(_ reason: String, _ hint: String) -> MIDIError {
    MIDIError(reason: reason, chunk: chunk, offset: position, hint: hint)
  }

  mutating func byte() throws(MIDIError) -> UInt8 {
    guard position < end else {
      throw error("is cut short: the chunk ends inside an event", "fetch the file again")
    }
    position += 1
    return bytes[position - 1]
  }

  mutating func bytes(_ count: Int) throws(MIDIError) -> ArraySlice<UInt8> {
    guard count <= end - position else {
      throw error(
        "is cut short: \(end - position) bytes, expected \(count)", "fetch the file again")
    }
    position += count
    return bytes[position - count..<position]
  }

  mutating func number(size: Int) throws(MIDIError) -> Int {
    try bytes(size).reduce(0) { $0 << 8 | Int($1) }
  }

  mutating func variable() throws(MIDIError) -> Int {
    var value = 0
    for _ in 0..<4 {
      let next = try byte()
      value = value << 7 | Int(next & 0x7F)
      if next < 0x80 { return value }
    }
    throw error("holds a number of more than four bytes", "fetch the file again")
  }

  /// The events up to the end of the track, or of its chunk.
  mutating func track() throws(MIDIError) -> [MIDIFile.Event] {
    var events: [MIDIFile.Event] = []
    var time = 0
    var running: UInt8?
    while position < end {
      time += try variable()
      let first = try byte()
      switch first {
      case 0xFF:
        let type = try byte()
        let data = Array(try bytes(try variable()))
        if type == 0x2F { return events }
        guard type == 0x51 else {
          events.append(.init(time: time, .meta(type: type, data: data)))
          continue
        }
        guard data.count == 3 else {
          throw error("holds a tempo of \(data.count) bytes, expected 3", "fetch the file again")
        }
        events.append(.init(time: time, .tempo(data.reduce(0) { $0 << 8 | Int($1) })))
      case 0xF0, 0xF7:
        let data = Array(try bytes(try variable()))
        events.append(.init(time: time, .exclusive(status: first, data: data)))
      case 0xF1...0xFE:
        throw error(
          "holds the status 0x\(String(first, radix: 16, uppercase: true)), "
            + "which no file may hold", "export it again")
      default:
        events.append(.init(time: time, try channelMessage(first, &running)))
      }
    }
    return events
  }

  private mutating func channelMessage(
    _ first: UInt8, _ running: inout UInt8?
  ) throws(MIDIError) -> MIDIFile.Message {
    var data: [UInt8] = []
    if first >= 0x80 {
      running = first
    } else {
      data = [first]
    }
    guard let status = running else {
      throw error("holds data without a status before it", "export it again")
    }
    let size = status & 0xE0 == 0xC0 ? 1 : 2
    while data.count < size { data.append(try byte()) }
    guard data.allSatisfy({ $0 < 0x80 }) else {
      throw error("holds a data byte above 127", "export it again")
    }
    let channel = status & 0x0F
    return switch status & 0xF0 {
    case 0x80: .noteOff(channel: channel, key: data[0], velocity: data[1])
    case 0x90: .noteOn(channel: channel, key: data[0], velocity: data[1])
    default: .channel(status: status, data: data)
    }
  }
}
