import Compute

/// Keys of a piano by name: `C4` is middle C, 60.
package enum NoteName {
  private static let letters: [Character: Int] = [
    "C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11,
  ]

  /// Reads notes separated by commas, by name or MIDI number: `C4,Eb4,G#4` or `60,63,68`.
  ///
  /// Throws a usage `UserError` for anything else and for notes that a piano lacks.
  package static func parse(list text: String) throws -> [UInt8] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let name = String(part).filter { $0 != " " }
      guard let number = Int(name) ?? number(name), let key = UInt8(exactly: number),
        PianoRoll.keys.contains(key)
      else {
        throw UserError.usage(
          "found the note '\(part)', expected a name from A0 to C8 or a number from "
            + "\(PianoRoll.keys.lowerBound) to \(PianoRoll.keys.upperBound)",
          hint: "C4 is middle C, 60; F#4 and Gb4 are 66; separate the notes of a chord by commas")
      }
      return key
    }
  }

  /// The MIDI number of a letter, any sharps or flats, and an octave.
  private static func number(_ name: String) -> Int? {
    guard let letter = name.first, let tone = letters[Character(letter.uppercased())] else {
      return nil
    }
    let rest = name.dropFirst()
    let signs = rest.prefix { $0 == "#" || $0 == "b" }
    guard signs.count <= 2, let octave = Int(rest.dropFirst(signs.count)), (-1...9).contains(octave)
    else { return nil }
    return 12 * (octave + 1) + tone + signs.reduce(0) { $0 + ($1 == "#" ? 1 : -1) }
  }
}
