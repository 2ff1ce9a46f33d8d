import Compute

extension MIDIFile {
  /// What becomes of a note that sounds at two steps running. A piano roll does not tell.
  package enum Repeats: String, Sendable, CaseIterable {
    /// It is held: one long note.
    case held
    /// It is struck again at every step.
    case struck
  }

  /// Music from a piano roll, format 0 on channel 0: a tempo, notes, the end.
  ///
  /// - `stepsPerQuarter`: steps a quarter note, a divisor of 480: 1 for quarters, 4 for sixteenths.
  /// - `beatsPerMinute`: quarter notes a minute, 4 ... 60,000,000.
  /// - `velocity`: how hard keys are struck, 1 ... 127.
  package init(
    _ roll: PianoRoll, stepsPerQuarter: Int = 1, beatsPerMinute: Double = 90,
    repeats: Repeats = .held, velocity: UInt8 = 80
  ) {
    precondition(
      stepsPerQuarter > 0 && Self.defaultDivision.isMultiple(of: stepsPerQuarter),
      "\(stepsPerQuarter) steps do not divide \(Self.defaultDivision) ticks")
    precondition((4...60_000_000).contains(beatsPerMinute), "\(beatsPerMinute) beats a minute")
    precondition((1...127).contains(velocity), "velocity \(velocity)")
    let ticks = Self.defaultDivision / stepsPerQuarter
    var events = [Event(time: 0, .tempo(Int((60_000_000 / beatsPerMinute).rounded())))]
    var sounding: [UInt8] = []
    for (step, notes) in (roll.steps + [[]]).enumerated() {
      let kept = repeats == .held ? Set(notes).intersection(sounding) : []
      // What ends comes first, so that a key is up before it is struck again.
      for key in sounding where !kept.contains(key) {
        events.append(.init(time: step * ticks, .noteOff(channel: 0, key: key, velocity: 0)))
      }
      for key in notes where !kept.contains(key) {
        events.append(.init(time: step * ticks, .noteOn(channel: 0, key: key, velocity: velocity)))
      }
      sounding = notes
    }
    self.init(format: 0, division: Self.defaultDivision, tracks: [events])
  }

  /// The notes that sound at each step, of all tracks together; percussion (channel 10) and keys that
  /// a piano lacks are left out.
  ///
  /// A note sounds at a step if it is down at the step's first tick, or if it begins and ends within
  /// the step. The last step is the last one with a note.
  ///
  /// Throws a `UserError` for music of more than 2²⁰ steps, or of notes that sound for more than 2²⁴ in
  /// all: its times are damaged.
  package func pianoRoll(stepsPerQuarter: Int = 1) throws -> PianoRoll {
    precondition(stepsPerQuarter > 0, "\(stepsPerQuarter) steps a quarter note")
    var notes: [(key: UInt8, start: Int, end: Int)] = []
    for track in tracks {
      // The key of a note that is down, with its channel, and when it went down.
      var down: [UInt16: Int] = [:]
      func release(_ channel: UInt8, _ key: UInt8, _ time: Int) {
        guard let start = down.removeValue(forKey: UInt16(channel) << 8 | UInt16(key)) else {
          return
        }
        notes.append((key, start, time))
      }
      for event in track {
        switch event.message {
        case .noteOn(let channel, let key, let velocity) where channel != 9:
          release(channel, key, event.time)
          if velocity > 0, PianoRoll.keys.contains(key) {
            down[UInt16(channel) << 8 | UInt16(key)] = event.time
          }
        case .noteOff(let channel, let key, _): release(channel, key, event.time)
        default: break
        }
      }
      // A key that never comes up sounds to the track's last event.
      let end = track.last?.time ?? 0
      for (place, start) in down { notes.append((UInt8(place & 0xFF), start, end)) }
    }
    let last = (notes.map(\.end).max() ?? 0) / division
    guard last < (1 << 20) / stepsPerQuarter else {
      throw UserError(
        "the music lasts \(last) quarter notes, expected fewer than \((1 << 20) / stepsPerQuarter)",
        hint: "its times look damaged: fetch or export the file again")
    }
    let sounding = notes.map { note in
      // Rounded up: the first step whose first tick is not before the note.
      let first = (note.start * stepsPerQuarter + division - 1) / division
      let end = (note.end * stepsPerQuarter + division - 1) / division
      let own = note.start * stepsPerQuarter / division
      return first < end ? first..<end : own..<own + 1
    }
    let total = sounding.reduce(0) { $0 + $1.count }
    guard total <= 1 << 24 else {
      throw UserError(
        "the notes of the music sound for \(total) steps in all, expected at most \(1 << 24)",
        hint: "its times look damaged: fetch or export the file again")
    }
    // A bit a key: damaged times may make a million steps of a few bytes.
    var steps = [UInt128](repeating: 0, count: sounding.map(\.upperBound).max() ?? 0)
    for (note, sounding) in zip(notes, sounding) {
      for step in sounding { steps[step] |= 1 << UInt128(note.key) }
    }
    var roll = PianoRoll()
    for keys in steps { roll.append(PianoRoll.keys.filter { keys >> UInt128($0) & 1 == 1 }) }
    return roll
  }
}
