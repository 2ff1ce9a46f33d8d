import Compute
import Foundation

/// Sound as a WAV file holds it, all channels averaged into one.
package struct WAVFile: Sendable, Equatable {
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

  /// Reads a file of 8-, 16-, 24- or 32-bit integers or 32- or 64-bit floats, `RIFF` or `RF64`, with
  /// a plain or an extensible format. Chunks after the sound are not looked at.
  ///
  /// Throws a `UserError` that names the file and the chunk for anything else, for a file that is cut
  /// short and for a sample that is no finite number.
  package init(contentsOf url: URL) throws {
    self = try WAVReader(url).read()
  }
}

/// Walks through the chunks of a WAV file.
private struct WAVReader {
  /// A chunk's body.
  struct Chunk {
    let name: String
    let range: Range<Int>
  }

  /// What the samples are.
  struct Format {
    let isFloat: Bool
    let bits: Int
    let channelCount: Int
    let sampleRate: Int
    var frameBytes: Int { channelCount * bits / 8 }
  }

  let url: URL
  let file: MappedFile

  init(_ url: URL) throws {
    self.url = url
    file = try MappedFile(url)
  }

  func read() throws -> WAVFile {
    let begin = text(at: 0)
    guard begin == "RIFF" || begin == "RF64", text(at: 8) == "WAVE" else {
      throw error(
        file.bytes.count < 12
          ? "\(file.bytes.count) bytes are too few for a WAV file"
          : "begins with '\(begin)' and '\(text(at: 8))', expected 'RIFF' and 'WAVE'",
        hint: "convert it, as with: sox INPUT -b 16 OUTPUT.wav")
    }
    var (offset, dataSize): (Int, UInt64?) = (12, nil)
    var (format, data): (Format?, Chunk?)
    while format == nil || data == nil {
      guard offset + 8 <= file.bytes.count else {
        guard offset == file.bytes.count else {
          throw error("the header of the chunk at byte \(offset) is cut short")
        }
        throw error("has no chunk '\(format == nil ? "fmt " : "data")'")
      }
      let chunk = try chunk(at: offset, size64: dataSize)
      switch chunk.name {
      case "fmt ": format = try readFormat(chunk)
      case "data": data = chunk
      case "ds64":
        guard chunk.range.count >= 16 else { throw error(chunk, "has \(chunk.range.count) bytes") }
        dataSize = integer(at: chunk.range.lowerBound + 8)
      default: break
      }
      offset = chunk.range.upperBound + chunk.range.count % 2
    }
    guard let format, let data else { preconditionFailure("left the loop without chunks") }
    return WAVFile(
      sampleRate: format.sampleRate, channelCount: format.channelCount,
      samples: try readSamples(data, format))
  }

  /// - Parameter size64: of the sound, where a chunk `ds64` gave it.
  private func chunk(at offset: Int, size64: UInt64?) throws -> Chunk {
    let (name, size32) = (text(at: offset), UInt64(integer(at: offset + 4) as UInt32))
    let (start, rest) = (offset + 8, file.bytes.count - offset - 8)
    var size = size32
    if name == "data" {
      // Written to a pipe, where the size was not known beforehand.
      if size32 == 0 || size32 == 0xFFFF_FFFF { size = size64 ?? UInt64(rest) }
    }
    guard size <= rest else {
      throw error(
        "the chunk '\(name)' at byte \(offset) is cut short: found \(rest) of \(size) bytes",
        hint: "copy the file again")
    }
    return Chunk(name: name, range: start..<start + Int(size))
  }

  private func readFormat(_ chunk: Chunk) throws -> Format {
    let start = chunk.range.lowerBound
    guard chunk.range.count >= 16 else {
      throw error(chunk, "has \(chunk.range.count) bytes, expected at least 16")
    }
    var code = integer(at: start) as UInt16
    if code == 0xFFFE {
      guard chunk.range.count >= 40 else {
        throw error(chunk, "has \(chunk.range.count) bytes, expected 40 of an extensible format")
      }
      code = integer(at: start + 24)
    }
    let channels = Int(integer(at: start + 2) as UInt16)
    let rate = Int(integer(at: start + 4) as UInt32)
    let frameBytes = Int(integer(at: start + 12) as UInt16)
    let bits = Int(integer(at: start + 14) as UInt16)
    guard code == 1 || code == 3 else {
      let known: [UInt16: String] = [2: "ADPCM", 6: "A-law", 7: "µ-law", 17: "ADPCM", 85: "MP3"]
      throw error(
        chunk,
        "has format \(code)\(known[code].map { " (\($0))" } ?? ""), "
          + "expected 1 (PCM) or 3 (float)",
        hint: "convert it, as with: sox INPUT -b 16 OUTPUT.wav")
    }
    let allowed = code == 1 ? [8, 16, 24, 32] : [32, 64]
    guard allowed.contains(bits) else {
      throw error(
        chunk,
        "has \(bits) bits a sample, expected one of "
          + allowed.map(String.init).joined(separator: ", "))
    }
    guard channels > 0, rate > 0, frameBytes == channels * bits / 8 else {
      throw error(
        chunk, "has \(channels) channels, \(rate) samples a second and \(frameBytes) bytes a frame")
    }
    return Format(isFloat: code == 3, bits: bits, channelCount: channels, sampleRate: rate)
  }

  private func readSamples(_ chunk: Chunk, _ format: Format) throws -> [Float] {
    let (channels, sampleBytes) = (format.channelCount, format.bits / 8)
    guard chunk.range.count.isMultiple(of: format.frameBytes) else {
      throw error(
        chunk,
        "is cut short: its \(chunk.range.count) bytes are no multiple of "
          + "\(format.frameBytes), the bytes of a frame")
    }
    let count = chunk.range.count / format.frameBytes
    var offset = chunk.range.lowerBound
    var samples: [Float] = []
    samples.reserveCapacity(count)
    for frame in 0..<count {
      var sum = 0.0
      for _ in 0..<channels {
        sum += sample(at: offset, format)
        offset += sampleBytes
      }
      let mean = Float(sum / Double(channels))
      guard mean.isFinite else {
        throw error(chunk, "has no finite number at sample \(frame)")
      }
      samples.append(mean)
    }
    return samples
  }

  @inline(__always)
  private func sample(at offset: Int, _ format: Format) -> Double {
    switch (format.isFloat, format.bits) {
    case (true, 32): return Double(Float(bitPattern: integer(at: offset)))
    case (true, _): return Double(bitPattern: integer(at: offset))
    case (false, 8): return (Double(file.bytes[offset]) - 128) / 128
    case (false, 16): return Double(Int16(bitPattern: integer(at: offset))) / 32768
    case (false, 24):
      let low = UInt32(integer(at: offset) as UInt16)
      let value = Int32(bitPattern: (low | UInt32(file.bytes[offset + 2]) << 16) << 8)
      return Double(value) / 2_147_483_648
    default: return Double(Int32(bitPattern: integer(at: offset))) / 2_147_483_648
    }
  }

  private func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> T {
    T(littleEndian: file.bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Four bytes as text, bytes that are not printable as dots; fewer at the end of the file.
  private func text(at offset: Int) -> String {
    let end = min(offset + 4, file.bytes.count)
    guard offset < end else { return "" }
    return String(
      file.bytes[offset..<end].map { (32..<127).contains($0) ? Character(Unicode.Scalar($0)) : "." }
    )
  }

  private func error(_ chunk: Chunk, _ what: String, hint: String? = nil) -> UserError {
    error("the chunk '\(chunk.name)' at byte \(chunk.range.lowerBound - 8) \(what)", hint: hint)
  }

  private func error(_ what: String, hint: String? = nil) -> UserError {
    UserError("'\(url.relativePath)': \(what)", hint: hint)
  }
}
