import Foundation
import Interchange
import Testing

/// MIDI files in many forms are read as mido reads them.
@Suite struct MIDIGoldenTests {
  private struct Golden: Decodable {
    let name: String
    let bytes: Data
    let format: Int
    let division: Int
    let tracks: [[Event]]
  }

  /// `[ticks, "on", channel, key, velocity]`, `[ticks, "tempo", microseconds]` or `[ticks, other]`.
  private struct Event: Decodable, Equatable {
    let time: Int
    let kind: String
    var numbers: [Int] = []

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      time = try list.decode(Int.self)
      kind = try list.decode(String.self)
      while !list.isAtEnd { numbers.append(try list.decode(Int.self)) }
    }

    init(_ event: MIDIFile.Event) {
      time = event.time
      switch event.message {
      case .noteOn(let channel, let key, let velocity):
        (kind, numbers) = ("on", [channel, key, velocity].map(Int.init))
      case .noteOff(let channel, let key, let velocity):
        (kind, numbers) = ("off", [channel, key, velocity].map(Int.init))
      case .tempo(let value): (kind, numbers) = ("tempo", [value])
      case .channel(let status, _):
        kind =
          switch status >> 4 {
          case 0xB: "control_change"
          case 0xC: "program_change"
          default: "pitchwheel"
          }
      case .meta: kind = "text"
      case .exclusive: kind = "sysex"
      }
    }
  }

  @Test func everyFormIsReadAsTheLibraryReadsIt() throws {
    let files = try GoldenFiles.read("midi", as: Golden.self)
    #expect(files.count == 35)
    for golden in files {
      let file = try MIDIFile(parsing: Array(golden.bytes))
      #expect(file.format == golden.format && file.division == golden.division, "\(golden.name)")
      #expect(file.tracks.map { $0.map { Event($0) } } == golden.tracks, "\(golden.name)")
    }
  }
}
