import Foundation
import TestSupport
import Testing
import Unroll

@Suite struct DigitStringsTests {
  /// Recordings whose samples tell which they are.
  private func recordings(in folder: TemporaryFolder) throws -> URL {
    for (number, speaker) in ["ann", "bob"].enumerated() {
      for digit in [3, 7] {
        for index in 0..<4 {
          let value = Float(100 * number + 10 * digit + index) / 32768
          try Sound(sampleRate: 8000, samples: Array(repeating: value, count: 5 + digit))
            .write(to: folder.file("\(digit)_\(speaker)_\(index).wav"))
        }
      }
    }
    try folder.write("nothing", to: "README.md")
    return folder.url
  }

  private let parts = [
    DigitStrings.Part(name: "train", indices: 1...Int.max, count: 60),
    DigitStrings.Part(name: "test", indices: 0...0, count: 20),
  ]

  @Test func partsShareNoRecordingAndStringsNoSpeaker() throws {
    let (source, target) = (try TemporaryFolder(), try TemporaryFolder())
    let strings = try DigitStrings(recordings: try recordings(in: source))
    try strings.write(parts, longest: 3, seed: 5, to: target.url)
    for part in parts {
      let lines = try String(contentsOf: target.file("\(part.name).tsv"), encoding: .utf8)
        .split(separator: "\n")
      #expect(lines.count == part.count)
      var used: [Int: Int] = [:]
      for line in lines {
        let fields = line.split(separator: "\t")
        let file = try Sound(
          contentsOf: target.file(part.name).appendingPathComponent(String(fields[0])))
        let values = file.samples.map { Int(($0 * 32768).rounded()) }
        let words = fields[1].split(separator: " ")
        #expect((1...3).contains(words.count))
        var place = 0
        for word in words {
          let digit = word == "three" ? 3 : 7
          let value = values[place]
          #expect(values[place..<place + 5 + digit].allSatisfy { $0 == value })
          #expect(value / 10 % 10 == digit)
          #expect(part.indices.contains(value % 10))
          #expect(value / 100 == values[0] / 100, "two speakers")
          used[value, default: 0] += 1
          place += 5 + digit
        }
        #expect(place == values.count)
      }
      #expect(used.count == 2 * 2 * (part.name == "train" ? 3 : 1), "all are used")
      let speakers = Dictionary(grouping: used) { $0.key / 100 }.values
      for counts in speakers.map({ $0.map(\.value) }) {
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "equally often")
      }
    }
  }

  @Test func theSeedIsAll() throws {
    let source = try TemporaryFolder()
    let strings = try DigitStrings(recordings: try recordings(in: source))
    func text(_ seed: UInt64) throws -> String {
      let target = try TemporaryFolder()
      try strings.write(parts, longest: 3, seed: seed, to: target.url)
      return try String(contentsOf: target.file("train.tsv"), encoding: .utf8)
    }
    #expect(try text(1) == text(1))
    #expect(try text(1) != text(2))
  }

  @Test func refusesFoldersWithoutRecordings() throws {
    let folder = try TemporaryFolder()
    let empty = #expect(throws: UserError.self) { try DigitStrings(recordings: folder.url) }
    #expect(empty?.message.hasSuffix("holds no recording of a digit") == true)
    let source = try recordings(in: folder)
    let error = #expect(throws: UserError.self) {
      try DigitStrings(recordings: source).write(
        [.init(name: "more", indices: 8...9, count: 1)], longest: 1, seed: 1,
        to: folder.file("out"))
    }
    #expect(
      error?.message.hasSuffix("holds no recording 8 to 9 of 'ann', expected some for 'more'")
        == true)
  }
}
