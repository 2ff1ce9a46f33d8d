import Compute
import Interchange
import Testing

@Suite struct NoteNameTests {
  /// Middle C is C4, 60; the ends of the piano; accidentals across a letter and an octave.
  @Test(arguments: [
    ("C4", [60]), ("60", [60]), ("A0", [21]), ("C8", [108]), ("a4", [69]), ("F#4", [66]),
    ("Gb4", [66]), ("Cb4", [59]), ("B#3", [60]), ("C##4", [62]), ("C4, Eb4,68", [60, 63, 68]),
  ])
  func readsNamesAndNumbers(text: String, keys: [UInt8]) throws {
    #expect(try NoteName.parse(list: text) == keys)
  }

  @Test(arguments: [
    "", "H4", "C", "4", "G#0x", "G0", "C#8", "C4,", "C###4", "C99999999999999999999",
  ])
  func refusesWhatAPianoLacks(text: String) throws {
    let error = try #require(throws: UserError.self) { try NoteName.parse(list: text) }
    #expect(error.kind == .usage)
    #expect(error.message.contains("found the note"))
  }
}
