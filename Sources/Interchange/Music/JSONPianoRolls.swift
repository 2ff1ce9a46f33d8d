import Compute
import Foundation

/// Pieces of music for training, validation and test.
///
/// The file is a JSON object of three lists of pieces, `train`, `valid` and `test`; a piece is a list
/// of steps, a step the list of its notes as MIDI numbers. This is how the JSB chorales are
/// distributed. An object `labels` of three lists as long may say what each piece is.
package struct JSONPianoRolls: Sendable, Equatable {
  package let train: [PianoRoll]
  package let valid: [PianoRoll]
  package let test: [PianoRoll]
  /// One a piece, where the file has any.
  package let labels: Labels?

  /// What pieces are: a composer, a style, a key.
  package struct Labels: Sendable, Equatable {
    package let train: [String]
    package let valid: [String]
    package let test: [String]
  }

  /// Reads files, part by part one behind the other.
  ///
  /// Throws a `UserError` as for one, and where some have labels and others none.
  package init(contentsOf urls: [URL]) throws {
    let files = try urls.map { try JSONPianoRolls(contentsOf: $0) }
    train = files.flatMap(\.train)
    valid = files.flatMap(\.valid)
    test = files.flatMap(\.test)
    let labels = files.compactMap(\.labels)
    guard labels.isEmpty || labels.count == files.count else {
      let bare = files.firstIndex { $0.labels == nil } ?? 0
      throw UserError(
        "'\(urls[bare].relativePath)' has no labels, but other files have",
        hint: "label all pieces, or none")
    }
    self.labels =
      labels.isEmpty
      ? nil
      : Labels(
        train: labels.flatMap(\.train), valid: labels.flatMap(\.valid),
        test: labels.flatMap(\.test))
  }

  /// Reads the file. A note that a step names twice counts once.
  ///
  /// Throws a `UserError` for text that is no JSON, cut short above all (with the byte), for a
  /// missing list, an empty piece, a note that is no key of the piano (with list, piece and step,
  /// counted from 1), and for more or fewer labels than pieces.
  package init(contentsOf url: URL) throws {
    let file = try FileBytes.unpacked(url)
    let value: JSONValue
    do {
      value = try JSONValue(parsing: file.bytes)
    } catch {
      let isCut = error.offset >= file.bytes.count
      throw UserError(
        "'\(url.relativePath)' is \(isCut ? "cut short" : "no JSON"): \(error.description)",
        hint: isCut ? "fetch it again" : "lists of MIDI numbers in 'train', 'valid' and 'test'")
    }
    func pieces(_ name: String) throws -> [PianoRoll] {
      guard let list = value[name]?.array else {
        throw UserError(
          "'\(url.relativePath)' has no list '\(name)', expected 'train', 'valid' and 'test'",
          hint: "each is a list of pieces, a piece a list of steps, a step a list of notes")
      }
      return try list.enumerated().map { index, piece in
        try PianoRoll(piece, at: "'\(url.relativePath)' \(name), piece \(index + 1)")
      }
    }
    train = try pieces("train")
    valid = try pieces("valid")
    test = try pieces("test")
    guard let object = value["labels"] else {
      self.labels = nil
      return
    }
    func labels(_ name: String, count: Int) throws -> [String] {
      let found = object[name]?.array ?? []
      let list = found.compactMap(\.string)
      if let other = found.first(where: { $0.string == nil }) {
        throw UserError(
          "'\(url.relativePath)' has the label \(other) in '\(name)', expected a string",
          hint: "write labels between quotes")
      }
      guard list.count == count else {
        throw UserError(
          "'\(url.relativePath)' has \(list.count) labels for the \(count) pieces of '\(name)'",
          hint: "'labels' holds a list of strings for each of 'train', 'valid' and 'test'")
      }
      return list
    }
    self.labels = Labels(
      train: try labels("train", count: train.count),
      valid: try labels("valid", count: valid.count), test: try labels("test", count: test.count))
  }
}

extension PianoRoll {
  /// Reads a piece: a list of steps, a step the list of its notes as MIDI numbers.
  ///
  /// Throws a `UserError` that begins with `place` and names the step.
  package init(_ value: JSONValue, at place: String) throws {
    guard let steps = value.array else {
      throw UserError("\(place): no list of steps", hint: "a piece is a list of lists of notes")
    }
    guard !steps.isEmpty else {
      throw UserError(
        "\(place): a sequence of length zero, expected at least one step", hint: "remove it")
    }
    self.init()
    for (index, step) in steps.enumerated() {
      guard let notes = step.array else {
        throw UserError(
          "\(place), step \(index + 1): no list of notes", hint: "a rest is an empty list")
      }
      append(
        try notes.map { note in
          guard let number = note.integer, let key = UInt8(exactly: number),
            PianoRoll.keys.contains(key)
          else {
            throw UserError(
              "\(place), step \(index + 1): found the note \(note), expected a whole number from "
                + "\(PianoRoll.keys.lowerBound) to \(PianoRoll.keys.upperBound)",
              hint: "notes are MIDI numbers of the 88 keys of a piano; 60 is middle C")
          }
          return key
        })
    }
  }
}
