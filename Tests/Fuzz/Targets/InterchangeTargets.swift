import Foundation
import Interchange

extension FuzzTarget {
  /// Formats that other programs read and write too.
  static let interchange: [FuzzTarget] = [
    // What is read is written, and read again as the same.
    FuzzTarget(bytes: "json") { bytes in
      let value = try JSONValue(parsing: bytes)
      let again = try JSONValue(parsing: value.description)
      precondition(again == value, "JSON changes when it is written")
    },
    FuzzTarget(text: "toml") { _ = try TOMLValue(parsing: $0) },
    FuzzTarget(file: "safetensors", extension: "safetensors") { url in
      let file = try SafetensorsFile.open(url)
      for (name, tensor) in file.tensors {
        try file.withBytes(of: name) { precondition($0.count == tensor.byteRange.count) }
        _ = try? file.floats(name)
      }
      try file.verifyDigest()
    },
    FuzzTarget(file: "npy", extension: "npy") { url in
      let file = try NPYFile(contentsOf: url)
      precondition(file.values.count == file.rows * file.columns)
    },
    FuzzTarget(file: "tokenizer", extension: "json") { _ = try TokenizerFile(contentsOf: $0) },
    FuzzTarget(file: "sound", extension: "wav") { _ = try Sound(contentsOf: $0) },
    FuzzTarget(bytes: "midi") { bytes in
      let file = try MIDIFile(parsing: Array(bytes))
      let roll = try file.pianoRoll(stepsPerQuarter: 4)
      precondition(roll.steps.count <= 1 << 24)
    },
    FuzzTarget(file: "piano-rolls", extension: "json") { _ = try JSONPianoRolls(contentsOf: $0) },
    FuzzTarget(text: "notes") { _ = try NoteName.parse(list: $0) },
  ]

  static let all = interchange + corpora + runs
}
