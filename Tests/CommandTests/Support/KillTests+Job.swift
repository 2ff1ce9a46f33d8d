import Foundation
import Testing
import TestSupport

extension KillTests {
  /// A training of seconds on data of its own, mostly busy with what a kill may cut off: reading the
  /// data, validating and saving.
  struct Job: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let task: String
    let arguments: @Sendable (TemporaryFolder) throws -> [String]

    private init(
      _ task: String, _ description: String? = nil,
      _ arguments: @escaping @Sendable (TemporaryFolder) throws -> [String]
    ) {
      self.task = task
      testDescription = description ?? task
      self.arguments = arguments
    }

    /// Of every task.
    static let all: [Job] =
      [
        // Tokenises a megabyte first.
        Job("lm") { folder in
          let text = try String(contentsOfFile: TrainedRun.data("pears.txt"), encoding: .utf8)
          return [
            "--text", try folder.write(String(repeating: text, count: 16), to: "text.txt"),
            "--tokens", "word", "--hidden", "12", "--embedding", "6", "--dropout", "0.2",
            "--steps", "8", "--valid-fraction", "0.002",
          ]
        },
        Job("lm", "lm --condition") { folder in
          let lines = (0..<70).map { "\(["up", "down"][$0 % 2])\tabc\($0 % 7)\n" }
          return [
            "--condition", try folder.write(lines.joined(), to: "texts.tsv"), "--hidden", "10",
            "--embedding", "5",
          ]
        },
        Job("classify") { folder in
          let lines = (0..<90).map { "\(["good", "bad"][$0 % 2])\tword\($0 % 7) it\($0 % 5) end\n" }
          return ["--data", try folder.write(lines.joined(), to: "texts.tsv"), "--hidden", "9"]
        },
        Job("regress") { folder in
          let lines = (0..<90).map { "\(Double($0 % 6) / 3),\($0 % 6),\($0 % 4),\(($0 + 1) % 6)\n" }
          return ["--data", try folder.write(lines.joined(), to: "table.csv"), "--hidden", "7"]
        },
        Job("tag") { folder in
          let lines = (0..<60).map { "Mary\($0 % 5) B-PER\nsaw O\nthing\($0 % 7) O\n\n" }
          return ["--data", try folder.write(lines.joined(), to: "tags.txt"), "--hidden", "8"]
        },
        Job("translate") { folder in
          let lines = (0..<80).map { "a\($0 % 9) b\($0 % 4) .\tB\($0 % 4) A\($0 % 9) .\n" }
          return [
            "--pairs", try folder.write(lines.joined(), to: "pairs.tsv"), "--hidden", "10",
            "--embedding", "6", "--valid-fraction", "0.2",
          ]
        },
        Job("transcribe") { folder in
          // Of its own: runs beside the recordings would change what is trained on.
          try FileManager.default.createDirectory(
            at: folder.file("audio"), withIntermediateDirectories: true)
          let lines = try (0..<20).map { index in
            try folder.write(sound(index), to: "audio/\(index).wav")
            return "\(index).wav\t\(["one", "two"][index % 2])\n"
          }
          return [
            "--audio", folder.path("audio"), "--transcripts",
            try folder.write(lines.joined(), to: "transcripts.tsv"), "--hidden", "6",
          ]
        },
        Job("autoencode") { folder in
          let lines = (0..<70).map { "the thing\($0 % 7) is \($0 % 3) here\n" }
          return ["--text", try folder.write(lines.joined(), to: "lines.txt"), "--hidden", "9"]
        },
        Job("answer") { folder in
          let stories = (0..<40).map {
            "1 Mary is at\($0 % 4).\n2 John is at\($0 % 3).\n3 Where is Mary?\tat\($0 % 4)\t1\n"
          }
          return ["--stories", try folder.write(stories.joined(), to: "stories.txt")]
        },
        Job("compose") { folder in
          let piece = (0..<12).map { "[\(60 + $0 % 5)]" }.joined(separator: ",")
          let pieces = "[" + Array(repeating: "[\(piece)]", count: 12).joined(separator: ",") + "]"
          let music = #"{"train":\#(pieces),"valid":\#(pieces),"test":\#(pieces)}"#
          return ["--data", try folder.write(music, to: "music.json"), "--hidden", "8"]
        },
        Job("recall") { _ in ["--hidden", "8", "--valid-sequences", "6"] },
      ]
      + ["adding", "copy", "parity", "temporal-order"].map { task in
        Job(task) { _ in ["--length", "12", "--hidden", "6", "--valid-examples", "30"] }
      }

    /// A fifth of a second of a tone as a WAV file of 16 bits.
    private static func sound(_ index: Int) -> Data {
      let samples = (0..<1_600).map { Int16(8_000 * sin(Double($0 * (index % 5 + 1)) / 9)) }
      var data = Data()
      func append(_ text: String) { data.append(contentsOf: text.utf8) }
      func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
      }
      append("RIFF")
      append(UInt32(36 + 2 * samples.count))
      append("WAVEfmt ")
      append(UInt32(16))
      for field in [UInt16(1), 1] { append(field) }
      for field in [UInt32(8_000), 16_000] { append(field) }
      for field in [UInt16(2), 16] { append(field) }
      append("data")
      append(UInt32(2 * samples.count))
      for sample in samples { append(sample) }
      return data
    }
  }
}
