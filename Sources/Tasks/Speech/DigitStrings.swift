import Compute
import Corpora
import Foundation
import Interchange

/// Joins recordings of single digits into strings, each of one speaker's recordings.
///
/// Recordings are files `DIGIT_SPEAKER_INDEX.wav`, as in the Free Spoken Digit Dataset. The index says
/// which part a recording belongs to, and no recording is in two parts. Every speaker's recordings of
/// a part are dealt from a shuffled deck, which is shuffled again when it is used up, so that all are
/// used about equally often. Recordings follow each other without a pause.
package struct DigitStrings {
  /// A part of the data: strings made of some recordings.
  package struct Part: Sendable {
    package let name: String
    /// Indices of recordings.
    package let indices: ClosedRange<Int>
    /// Strings to make.
    package let count: Int

    package init(name: String, indices: ClosedRange<Int>, count: Int) {
      self.name = name
      self.indices = indices
      self.count = count
    }
  }

  struct Recording {
    let digit: Int
    let speaker: String
    let index: Int
    let url: URL
  }

  static let words = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
  ]

  private let recordings: [Recording]
  private let speakers: [String]
  private let folder: URL

  /// Throws a `UserError` if the folder holds no recording of a digit.
  package init(recordings folder: URL) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      throw UserError("cannot list '\(folder.relativePath)': \(error.localizedDescription)")
    }
    recordings = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { name in
      let parts = name.hasSuffix(".wav") ? name.dropLast(4).split(separator: "_") : []
      guard parts.count == 3, let digit = Int(parts[0]), (0..<10).contains(digit),
        let index = Int(parts[2]), index >= 0
      else { return nil }
      return Recording(
        digit: digit, speaker: String(parts[1]), index: index,
        url: folder.appendingPathComponent(name))
    }
    guard !recordings.isEmpty else {
      throw UserError(
        "'\(folder.relativePath)' holds no recording of a digit",
        hint: "expected files such as 7_jackson_32.wav, of the Free Spoken Digit Dataset")
    }
    speakers = Set(recordings.map(\.speaker)).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    self.folder = folder
  }

  /// Writes `NAME/00000.wav`, … and `NAME.tsv` with their transcripts into `output` for each part.
  ///
  /// Throws a `UserError` if a speaker has no recording in a part, sampling rates differ or a file
  /// cannot be read or written.
  package func write(
    _ parts: [Part], longest: Int, seed: UInt64, to output: URL
  ) throws {
    precondition(longest > 0, "strings of \(longest)")
    var rate: Int?
    let writing = Activity(
      "writing", "'\(output.path)'", total: parts.reduce(0) { $0 + $1.count },
      unit: .items("recordings"))
    defer { writing.end() }
    for (place, part) in parts.enumerated() {
      let target = output.appendingPathComponent(part.name, isDirectory: true)
      do {
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      } catch {
        throw UserError(
          "cannot create the folder '\(target.relativePath)': \(error.localizedDescription)",
          hint: "check the path and who may write there")
      }
      var decks = try speakers.enumerated().map { number, speaker in
        let mine = recordings.filter {
          $0.speaker == speaker && part.indices.contains($0.index)
        }
        guard !mine.isEmpty else {
          throw UserError(
            "'\(folder.relativePath)' holds no recording \(part.indices.lowerBound) to "
              + "\(part.indices.upperBound) of '\(speaker)', expected some for '\(part.name)'")
        }
        return Deck(mine, seed: seed, row: 64 * place + number)
      }
      let random = RandomStream(seed: seed, purpose: .generator, update: place)
      var sounds: [URL: [Float]] = [:]
      var lines = ""
      for index in 0..<part.count {
        let speaker = Int(random.uniform(row: index, index: 0) * Float(speakers.count))
        let length = 1 + Int(random.uniform(row: index, index: 1) * Float(longest))
        var (samples, said) = ([Float](), [String]())
        for _ in 0..<length {
          let recording = decks[speaker].deal()
          let sound = try sounds[recording.url] ?? read(recording.url, &rate)
          sounds[recording.url] = sound
          samples += sound
          said.append(Self.words[recording.digit])
        }
        let digits = String(index)
        let name = String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".wav"
        try Sound(sampleRate: rate ?? 8000, samples: samples)
          .write(to: target.appendingPathComponent(name))
        lines += "\(name)\t\(said.joined(separator: " "))\n"
        writing.advance()
      }
      try AtomicFile.write(lines, to: output.appendingPathComponent("\(part.name).tsv"))
    }
  }

  private func read(_ url: URL, _ rate: inout Int?) throws -> [Float] {
    let file = try Sound(contentsOf: url)
    guard rate == nil || rate == file.sampleRate else {
      throw UserError(
        "'\(url.relativePath)' has \(file.sampleRate) samples a second, the others \(rate ?? 0)")
    }
    rate = file.sampleRate
    return file.samples
  }

  /// Recordings in a random order, again and again.
  private struct Deck {
    private let recordings: [Recording]
    private let seed: UInt64
    private let row: Int
    private var order: [Int] = []
    private var round = 0

    init(_ recordings: [Recording], seed: UInt64, row: Int) {
      self.recordings = recordings
      self.seed = seed
      self.row = row
    }

    mutating func deal() -> Recording {
      if order.isEmpty {
        order = Array(Shuffle.order(recordings.count, seed: seed, epoch: round, row: row))
        round += 1
      }
      return recordings[order.removeLast()]
    }
  }
}
