import Foundation
import TestSupport
import Unroll

/// Recordings in which every letter is a tone, for transcribers that learn in seconds.
struct ToneRecordings {
  let folder: TemporaryFolder
  static let pitches: [Character: Double] = ["a": 400, "b": 900, "c": 1800]

  init() throws { folder = try TemporaryFolder() }

  var audio: URL { folder.url.appendingPathComponent("audio", isDirectory: true) }

  /// A tone of 50 to 90 ms a letter with a pause of 20 ms before and after, in a little noise.
  static func sound(_ text: String, row: Int, rate: Int = 8000) -> [Float] {
    let random = RandomStream(seed: 9, purpose: .generator)
    var samples: [Float] = []
    func add(_ count: Int, _ pitch: Double) {
      for _ in 0..<count {
        let time = Double(samples.count) / Double(rate)
        let noise = random.uniform(row: row, index: samples.count) - 0.5
        samples.append(Float(0.3 * sin(2 * Double.pi * pitch * time)) + 0.02 * noise)
      }
    }
    add(rate / 50, 0)
    for (place, letter) in text.enumerated() {
      let length = 0.05 + 0.04 * Double(random.uniform(row: row, index: -1 - place))
      add(Int(length * Double(rate)), pitches[letter] ?? 0)
      add(rate / 50, 0)
    }
    return samples
  }

  /// Writes a recording into the folder `audio`.
  func write(_ name: String, _ text: String, row: Int = 0, rate: Int = 8000) throws {
    try FileManager.default.createDirectory(at: audio, withIntermediateDirectories: true)
    try Sound(sampleRate: rate, samples: Self.sound(text, row: row, rate: rate))
      .write(to: audio.appendingPathComponent(name))
  }

  /// Writes `count` recordings of one to five letters, and their transcripts to `file`.
  func write(_ count: Int, first: Int = 0, to file: String) throws -> URL {
    let random = RandomStream(seed: 4, purpose: .generator)
    var lines = ""
    for row in first..<first + count {
      let length = 1 + Int(random.word(row: row, index: 0) % 5)
      let text = String(
        (1...length).map { ["a", "b", "c"][Int(random.word(row: row, index: $0) % 3)] })
      try write("\(row).wav", text, row: row)
      lines += "\(row).wav\t\(text)\n"
    }
    return try folder.write(lines, to: file)
  }
}
