import Compute
import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct MIDITests {
  private func roll(_ steps: [[UInt8]]) -> PianoRoll {
    var roll = PianoRoll()
    for step in steps { roll.append(step) }
    return roll
  }

  /// Every byte, by the standard.
  @Test func bytesAreThoseOfTheStandard() {
    let file = MIDIFile(roll([[60], [60, 64]]), beatsPerMinute: 120)
    #expect(
      file.bytes == [
        0x4D, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0x01, 0xE0,  // MThd, format 0, 480
        0x4D, 0x54, 0x72, 0x6B, 0, 0, 0, 27,
        0x00, 0xFF, 0x51, 0x03, 0x07, 0xA1, 0x20,  // 500000 µs
        0x00, 0x90, 60, 80,
        0x83, 0x60, 64, 80,  // 480 ticks later, running status
        0x83, 0x60, 0x80, 60, 0, 0x00, 64, 0,
        0x00, 0xFF, 0x2F, 0x00,
      ])
  }

  /// As Python's gzip packs a file of one note.
  @Test func aFileMayBePacked() throws {
    let folder = try TemporaryFolder()
    let packed = try #require(
      Data(
        base64Encoded:
          "H4sIAAAAAAACA/MNyUhhYGBgA2JGxge+IUXZQBYvwwQbh+aEBhsHhv/6DACP54GOIwAAAA=="))
    try packed.write(to: folder.file("a.mid.gz"))
    let plain = try MIDIFile(
      parsing: Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1, 1, 0xE0] + Array("MTrk".utf8)
        + [0, 0, 0, 13, 0, 0x90, 60, 64, 0x83, 0x60, 0x80, 60, 64, 0, 0xFF, 0x2F, 0])
    #expect(try MIDIFile(contentsOf: folder.file("a.mid.gz")) == plain)
  }

  @Test func lengthsOfAnySizeAreWritten() throws {
    for (time, bytes) in [
      (0, [0]), (127, [0x7F]), (128, [0x81, 0]), (0x3FFF, [0xFF, 0x7F]), (0x4000, [0x81, 0x80, 0]),
      (0x0FFF_FFFF, [0xFF, 0xFF, 0xFF, 0x7F]),
    ] as [(Int, [UInt8])] {
      let file = MIDIFile(
        format: 0, division: 96,
        tracks: [[.init(time: time, .noteOn(channel: 3, key: 1, velocity: 2))]])
      #expect(Array(file.bytes[22..<22 + bytes.count]) == bytes)
      #expect(try MIDIFile(parsing: file.bytes) == file)
    }
  }

  /// More ticks than a time can say are said in several, with empty texts between.
  @Test func longRestsAreWritten() throws {
    let event = MIDIFile.Event(
      time: 3 << 28, .noteOn(channel: 3, key: 1, velocity: 2))
    let file = MIDIFile(format: 0, division: 96, tracks: [[event]])
    let read = try MIDIFile(parsing: file.bytes)
    #expect(read.tracks[0].last == event && read.tracks[0].count == 4)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try TemporaryFolder()
    let file = MIDIFile(
      format: 1, division: 96,
      tracks: [
        [
          .init(time: 0, .tempo(400_000)), .init(time: 0, .meta(type: 0x03, data: Array("é".utf8))),
          .init(time: 5, .meta(type: 0x58, data: [3, 2, 24, 8])),
        ],
        [
          .init(time: 0, .channel(status: 0xC2, data: [19])),
          .init(time: 1, .noteOn(channel: 2, key: 60, velocity: 90)),
          .init(time: 1, .noteOn(channel: 2, key: 64, velocity: 90)),
          // The status before it does not run on after it.
          .init(time: 9, .exclusive(status: 0xF0, data: [1, 2, 0xF7])),
          .init(time: 9, .noteOn(channel: 2, key: 65, velocity: 90)),
          .init(time: 9, .meta(type: 0x01, data: [])),
          .init(time: 9, .noteOn(channel: 2, key: 66, velocity: 90)),
          .init(time: 200, .channel(status: 0xE2, data: [0, 0x40])),
          .init(time: 200, .noteOff(channel: 2, key: 60, velocity: 64)),
        ], [],
      ])
    let url = folder.file("a.mid")
    try file.write(to: url)
    #expect(try MIDIFile(contentsOf: url) == file)
  }

  @Test(arguments: MIDIFile.Repeats.allCases, [1, 4])
  func pianoRollsSurvive(repeats: MIDIFile.Repeats, stepsPerQuarter: Int) throws {
    let random = RandomStream(seed: 1, purpose: .generator)
    var music = roll([[21], [21], [], [60, 64], [60, 67, 108], [], [60]])
    for step in 0..<200 {
      let count = Int(random.word(row: step, index: 0) % 5)
      music.append((1..<1 + count).map { UInt8(21 + random.word(row: step, index: $0) % 88) })
    }
    music.append([60])
    let file = MIDIFile(music, stepsPerQuarter: stepsPerQuarter, repeats: repeats)
    #expect(try file.pianoRoll(stepsPerQuarter: stepsPerQuarter) == music)
    #expect(try MIDIFile(parsing: file.bytes) == file)
    let struck = file.tracks[0].filter { if case .noteOn = $0.message { true } else { false } }
    #expect(repeats == .struck ? struck.count == music.noteCount : struck.count < music.noteCount)
  }

  @Test func notesOffTheGridAreHeard() throws {
    let file = MIDIFile(
      format: 1, division: 100,
      tracks: [
        [
          .init(time: 10, .noteOn(channel: 0, key: 60, velocity: 1)),
          .init(time: 30, .noteOn(channel: 0, key: 60, velocity: 0)),
          .init(time: 150, .noteOn(channel: 0, key: 62, velocity: 1)),
          .init(time: 250, .noteOff(channel: 0, key: 62, velocity: 0)),
          .init(time: 250, .noteOn(channel: 9, key: 40, velocity: 1)),
          .init(time: 250, .noteOn(channel: 0, key: 12, velocity: 1)),
          .init(time: 300, .noteOn(channel: 0, key: 70, velocity: 1)),
          .init(time: 401, .tempo(500_000)),
        ]
      ])
    #expect(try file.pianoRoll().steps == [[60], [], [62], [70], [70]])
  }

  /// A note that ends as it begins sounds at its step, on the grid and off it.
  @Test(arguments: [100, 130])
  func notesOfNoLengthAreHeard(time: Int) throws {
    let file = MIDIFile(
      format: 0, division: 100,
      tracks: [
        [
          .init(time: 0, .noteOn(channel: 0, key: 60, velocity: 1)),
          .init(time: 100, .noteOff(channel: 0, key: 60, velocity: 0)),
          .init(time: time, .noteOn(channel: 0, key: 64, velocity: 1)),
          .init(time: time, .noteOff(channel: 0, key: 64, velocity: 0)),
          .init(time: 200, .noteOn(channel: 0, key: 67, velocity: 1)),
          .init(time: 300, .noteOff(channel: 0, key: 67, velocity: 0)),
        ]
      ])
    #expect(try file.pianoRoll().steps == [[60], [64], [67]])
  }

  @Test func truncationNamesTheChunk() throws {
    let folder = try TemporaryFolder()
    var bytes = MIDIFile(roll([[60], [60, 64], [62]])).bytes
    let first = bytes.count
    // A second track, and a chunk of an unknown kind between the two.
    bytes[9] = 1
    bytes[11] = 2
    bytes += Array("XXXX".utf8) + [0, 0, 0, 2, 7, 7] + MIDIFile(roll([[72]])).bytes[14...]
    #expect(try MIDIFile(parsing: bytes).tracks.count == 2)
    for count in 0..<bytes.count {
      let url = folder.file("cut.mid")
      try Data(bytes[..<count]).write(to: url)
      let error = #expect(throws: UserError.self) { try MIDIFile(contentsOf: url) }
      let message = error?.message ?? ""
      #expect(message.contains("cut.mid'"))
      #expect(count < 4 || message.contains("is cut short"))
      let chunk = count < 14 ? "MThd" : count < first ? "MTrk 1 of 2" : "MTrk 2 of 2"
      #expect(message.contains(chunk), "at \(count): \(message)")
    }
  }

  private func read(track: [UInt8]) throws -> [MIDIFile.Event] {
    try MIDIFile(
      parsing: Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1, 0, 96] + Array("MTrk".utf8)
        + [0, 0, 0, UInt8(track.count)] + track
    ).tracks[0]
  }

  /// What the standard forbids and programs write all the same.
  @Test(
    arguments: [
      [0xFF, 0x01, 1, 65], [0xFF, 0x51, 3, 7, 0xA1, 0x20], [0xF0, 2, 1, 0xF7], [0xF7, 1, 0xF3],
    ] as [[UInt8]])
  func runningStatusGoesOnAfterOtherEvents(between: [UInt8]) throws {
    let events = try read(
      track: [0, 0x91, 60, 80, 4] + between + [5, 60, 0, 0, 62, 80, 0, 0xFF, 0x2F, 0])
    #expect(events.count == 4)
    #expect(events[2] == .init(time: 9, .noteOn(channel: 1, key: 60, velocity: 0)))
    #expect(events[3] == .init(time: 9, .noteOn(channel: 1, key: 62, velocity: 80)))
  }

  @Test func aTrackMayLackItsEnd() throws {
    #expect(try read(track: []) == [])
    #expect(
      try read(track: [7, 0x90, 60, 1]) == [
        .init(time: 7, .noteOn(channel: 0, key: 60, velocity: 1))
      ])
    #expect(try read(track: [0, 0xFF, 0x01, 0]) == [.init(time: 0, .meta(type: 1, data: []))])
  }

  @Test func damageIsFound() {
    func expect(_ track: [UInt8], _ reason: String) {
      let bytes =
        Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1, 0, 96] + Array("MTrk".utf8)
        + [0, 0, 0, UInt8(track.count)] + track
      let error = #expect(throws: MIDIError.self) { try MIDIFile(parsing: bytes) }
      #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }
    expect([0], "cut short")
    expect([0, 0x90, 60], "cut short")
    expect([0, 0xFF, 0x2F], "cut short")
    expect([0, 60, 1, 0, 0xFF, 0x2F, 0], "without a status")
    expect([0, 0xFF, 1, 0, 0, 60, 0], "without a status")
    expect([0, 0x90, 60, 200], "above 127")
    expect([0, 0xF4], "0xF4")
    expect([0x81, 0x81, 0x81, 0x81, 0], "more than four bytes")
    expect([0, 0xFF, 0x51, 2, 0, 0], "tempo of 2 bytes")
    expect([0, 0xFF, 0x01, 9, 0], "cut short")
    var bytes = MIDIFile(roll([[60]])).bytes
    bytes[12] = 0xE7
    #expect(throws: MIDIError.self) { try MIDIFile(parsing: bytes) }
    bytes[12] = 1
    bytes[9] = 3
    #expect(throws: MIDIError.self) { try MIDIFile(parsing: bytes) }
    #expect(throws: MIDIError.self) { try MIDIFile(parsing: Array("RIFF0000".utf8)) }
  }

  /// Found by fuzzing: a few bytes a note make gigabytes of steps.
  @Test func manyEndlessNotesAreRefused() {
    let notes = (0..<17).map { channel in
      MIDIFile.Event(time: 0, .noteOn(channel: 0, key: UInt8(40 + channel), velocity: 1))
    }
    let end = MIDIFile.Event(
      time: 1_048_575, .noteOff(channel: 0, key: 60, velocity: 0))
    let file = MIDIFile(format: 0, division: 1, tracks: [notes + [end]])
    let error = #expect(throws: UserError.self) { try file.pianoRoll() }
    #expect(error?.message.contains("steps in all") == true)
  }

  @Test func endlessMusicIsRefused() throws {
    let file = MIDIFile(
      format: 0, division: 1,
      tracks: [
        [
          .init(time: 0, .noteOn(channel: 0, key: 60, velocity: 1)),
          .init(time: 0x0FFF_FFFF, .noteOff(channel: 0, key: 60, velocity: 0)),
        ]
      ])
    let error = #expect(throws: UserError.self) { try file.pianoRoll() }
    #expect(error?.message.contains("268435455 quarter notes") == true)
  }

  @Test func keysAreWrittenAsEightyEightNumbers() {
    var numbers = [Float](repeating: 5, count: 90)
    roll([[108, 21, 21]]).write(step: 0, to: &numbers)
    #expect(numbers[0] == 1 && numbers[87] == 1 && numbers[88] == 5)
    #expect(numbers[..<88].reduce(0, +) == 2)
  }
}
