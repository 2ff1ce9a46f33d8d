extension MIDIFile {
  /// The file as bytes.
  package var bytes: [UInt8] {
    var bytes = Array("MThd".utf8)
    Self.append(6, size: 4, to: &bytes)
    Self.append(format, size: 2, to: &bytes)
    Self.append(tracks.count, size: 2, to: &bytes)
    Self.append(division, size: 2, to: &bytes)
    for track in tracks {
      let body = Self.body(of: track)
      bytes += "MTrk".utf8
      Self.append(body.count, size: 4, to: &bytes)
      bytes += body
    }
    return bytes
  }

  private static func body(of track: [Event]) -> [UInt8] {
    var bytes: [UInt8] = []
    var time = 0
    // Running status: a channel message of the same status as the one before leaves it out.
    var running: UInt8?
    func append(status: UInt8, _ data: [UInt8]) {
      if running != status { bytes.append(status) }
      running = status
      bytes += data
    }
    func append(system: [UInt8], _ data: [UInt8]) {
      running = nil
      bytes += system
      appendVariable(data.count, to: &bytes)
      bytes += data
    }
    for event in track {
      precondition(event.time >= time, "an event at tick \(event.time) after tick \(time)")
      while event.time - time >= 1 << 28 {
        // An empty text on the way: a time takes 28 bits.
        time += 1 << 28 - 1
        appendVariable(1 << 28 - 1, to: &bytes)
        append(system: [0xFF, 0x01], [])
      }
      appendVariable(event.time - time, to: &bytes)
      time = event.time
      switch event.message {
      case .noteOff(let channel, let key, let velocity):
        append(status: 0x80 | channel, [key, velocity])
      case .noteOn(let channel, let key, let velocity):
        append(status: 0x90 | channel, [key, velocity])
      case .channel(let status, let data): append(status: status, data)
      case .tempo(let microseconds):
        append(
          system: [0xFF, 0x51],
          (0..<3).map { UInt8(truncatingIfNeeded: microseconds >> (16 - 8 * $0)) })
      case .meta(let type, let data): append(system: [0xFF, type], data)
      case .exclusive(let status, let data): append(system: [status], data)
      }
    }
    appendVariable(0, to: &bytes)
    append(system: [0xFF, 0x2F], [])
    return bytes
  }

  private static func append(_ value: Int, size: Int, to bytes: inout [UInt8]) {
    for place in (0..<size).reversed() {
      bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place)))
    }
  }

  /// A variable-length quantity: seven bits a byte, the most significant first, the high bit set on
  /// all but the last; at most four bytes.
  private static func appendVariable(_ value: Int, to bytes: inout [UInt8]) {
    precondition((0..<1 << 28).contains(value), "\(value) does not fit in 28 bits")
    let groups = (0..<4).reversed().map { UInt8(truncatingIfNeeded: value >> (7 * $0)) & 0x7F }
    let first = groups.firstIndex { $0 != 0 } ?? 3
    for place in first..<4 { bytes.append(place < 3 ? groups[place] | 0x80 : groups[place]) }
  }
}
