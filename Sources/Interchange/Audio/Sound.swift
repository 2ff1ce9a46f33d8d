import Compute
import Foundation

/// Recorded sound, all channels averaged into one.
package struct Sound: Sendable, Equatable {
  /// Samples a second.
  package let sampleRate: Int
  /// Channels in the file.
  package let channelCount: Int
  /// Full scale is ±1.
  package let samples: [Float]

  package init(sampleRate: Int, channelCount: Int = 1, samples: [Float]) {
    self.sampleRate = sampleRate
    self.channelCount = channelCount
    self.samples = samples
  }

  package var seconds: Double { Double(samples.count) / Double(sampleRate) }

  /// The extensions, in lower case, of files that are sound.
  package static let fileExtensions: Set<String> = [
    "aif", "aifc", "aiff", "au", "caf", "flac", "mp3", "oga", "ogg", "opus", "snd", "w64", "wav",
  ]

  /// Reads a file.
  ///
  /// WAV files of integers or floats are read here. All others, of FLAC, Ogg, AIFF, MP3 and the other
  /// dialects of WAV, are read with libsndfile, which is opened when the first such file comes.
  ///
  /// Throws a `UserError` that names the file for one that is no sound, that is cut short or that
  /// holds a sample that is no finite number; and that names libsndfile's package where it is missing.
  package init(contentsOf url: URL) throws {
    let file = try FileBytes.unpacked(url)
    if WAVReader.isWAV(file.bytes) {
      let reader = WAVReader(url, file)
      if let sound = try reader.read() {
        self = sound
        return
      }
    }
    guard let kind = SoundKind(file.bytes) else {
      throw UserError(
        "'\(url.relativePath)': "
          + (file.bytes.count < 12
            ? "\(file.bytes.count) bytes are too few for a sound file"
            : "begins with '\(text(file.bytes, at: 0))', which is the begin of no known sound file"),
        hint: "convert it, as with: sox INPUT -b 16 OUTPUT.wav")
    }
    self = try SoundFileLibrary.shared(for: "'\(url.relativePath)': \(kind.rawValue)").read(url)
  }
}

/// Files that `WAVReader` does not read.
private enum SoundKind: String {
  case wav = "this form of WAV"
  case flac = "FLAC"
  case ogg = "Ogg"
  case aiff = "AIFF"
  case au = "AU"
  case caf = "CAF"
  case wave64 = "Wave64"
  case mp3 = "MP3"

  /// What begins like this; nil for what is no sound.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 12 else { return nil }
    switch text(bytes, at: 0) {
    case "RIFF", "RF64", "RIFX": self = .wav
    case "fLaC": self = .flac
    case "OggS": self = .ogg
    case "FORM": self = .aiff
    case ".snd": self = .au
    case "caff": self = .caf
    case "riff": self = .wave64
    case let begin where begin.hasPrefix("ID3"): self = .mp3
    default:
      // The eleven bits by which a frame of MPEG sound is found.
      guard bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0 else { return nil }
      self = .mp3
    }
  }
}

/// Four bytes as text, bytes that are not printable as dots; fewer at the end of the file.
func text(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> String {
  let end = min(offset + 4, bytes.count)
  guard offset < end else { return "" }
  return String(
    bytes[offset..<end].map { (32..<127).contains($0) ? Character(Unicode.Scalar($0)) : "." })
}
