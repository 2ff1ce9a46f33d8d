import Compute
import Foundation

/// Reads WAV files of 8-, 16-, 24- or 32-bit integers or 32- or 64-bit floats, `RIFF` or `RF64`, with a
/// plain or an extensible format. Chunks after the sound are not looked at.
///
/// Errors name the file and the chunk.
struct WAVReader {
  /// A chunk's body.
  struct Chunk {
    let name: String
    let range: Range<Int>
    /// The file does not say how long it is.
    var isOpen = false
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
  let file: FileBytes

  init(_ url: URL, _ file: FileBytes) {
    self.url = url
    self.file = file
  }

  static func isWAV(_ bytes: UnsafeRawBufferPointer) -> Bool {
    ["RIFF", "RF64"].contains(Interchange.text(bytes, at: 0))
      && Interchange.text(bytes, at: 8) == "WAVE"
  }

  /// The sound, or nil if it is coded in another way.
  func read() throws -> Sound? {
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
      case "fmt ":
        guard let found = try readFormat(chunk) else { return nil }
        format = found
      case "data": data = chunk
      case "ds64":
        guard chunk.range.count >= 16 else { throw error(chunk, "has \(chunk.range.count) bytes") }
        dataSize = integer(at: chunk.range.lowerBound + 8)
      default: break
      }
      offset = next(after: chunk)
    }
    guard let format, let data else { preconditionFailure("left the loop without chunks") }
    return Sound(
      sampleRate: format.sampleRate, channelCount: format.channelCount,
      samples: try readSamples(data, format))
  }

  /// - Parameter size64: of the sound, where a chunk `ds64` gave it.
  private func chunk(at offset: Int, size64: UInt64?) throws -> Chunk {
    let (name, size32) = (text(at: offset), UInt64(integer(at: offset + 4) as UInt32))
    let (start, rest) = (offset + 8, file.bytes.count - offset - 8)
    if name == "data", size32 == 0 || size32 >= Self.openSize && size32 > rest {
      guard let size64 else {
        return Chunk(name: name, range: start..<endOfOpenChunk(from: start), isOpen: true)
      }
      return try Chunk(name: name, range: range(name, start, size: size64))
    }
    return try Chunk(name: name, range: range(name, start, size: size32))
  }

  /// A program that writes to a pipe does not know the size beforehand. It writes 0, or a number near
  /// to one that 32 bits can hold with a sign or without: 0xFFFFFFFF (ffmpeg), 0x80000000 (arecord),
  /// 0x7FFFF000 (sox).
  private static let openSize: UInt64 = 0x7FFF_0000

  private func range(_ name: String, _ start: Int, size: UInt64) throws -> Range<Int> {
    let rest = file.bytes.count - start
    guard size <= rest else {
      throw error(
        "the chunk '\(name)' at byte \(start - 8) is cut short: found \(rest) of \(size) bytes",
        hint: "copy the file again")
    }
    return start..<start + Int(size)
  }

  /// Where sound of unknown size ends: before the chunks behind it, or with the file.
  ///
  /// Chunks are believed if their names are known and their sizes lead to the end of the file exactly.
  private func endOfOpenChunk(from start: Int) -> Int {
    let known: Set = [
      "LIST", "INFO", "id3 ", "ID3 ", "bext", "cue ", "fact", "PEAK", "smpl", "inst", "iXML",
      "axml",
      "_PMX", "JUNK", "PAD ", "afsp", "DISP", "acid", "levl", "plst",
    ]
    func leadsToEnd(_ first: Int) -> Bool {
      var offset = first
      while offset + 8 <= file.bytes.count, known.contains(text(at: offset)) {
        let size = Int(integer(at: offset + 4) as UInt32)
        offset += 8 + size + size % 2
      }
      // The last pad byte may be missing.
      return offset > first && (file.bytes.count...file.bytes.count + 1).contains(offset)
    }
    let firsts = Set(known.compactMap(\.utf8.first))
    return stride(from: start, to: file.bytes.count, by: 2)
      .first { firsts.contains(file.bytes[$0]) && leadsToEnd($0) } ?? file.bytes.count
  }

  /// Where the next chunk begins. Some programs leave out the byte that fills up an odd size.
  private func next(after chunk: Chunk) -> Int {
    let end = chunk.range.upperBound
    guard !chunk.range.count.isMultiple(of: 2) else { return end }
    let isName =
      end + 4 <= file.bytes.count
      && file.bytes[end..<end + 4].allSatisfy { (32..<127).contains($0) }
    return isName ? end : end + 1
  }

  /// Nil for what is neither integers nor floats of a usual width.
  private func readFormat(_ chunk: Chunk) throws -> Format? {
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
    guard code == 1 && [8, 16, 24, 32].contains(bits) || code == 3 && [32, 64].contains(bits)
    else { return nil }
    guard channels > 0, rate > 0, frameBytes == channels * bits / 8 else {
      throw error(
        chunk, "has \(channels) channels, \(rate) samples a second and \(frameBytes) bytes a frame")
    }
    return Format(isFloat: code == 3, bits: bits, channelCount: channels, sampleRate: rate)
  }

  private func readSamples(_ chunk: Chunk, _ format: Format) throws -> [Float] {
    let (channels, sampleBytes) = (format.channelCount, format.bits / 8)
    guard chunk.range.count.isMultiple(of: format.frameBytes) || chunk.isOpen else {
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

  private func text(at offset: Int) -> String { Interchange.text(file.bytes, at: offset) }

  private func error(_ chunk: Chunk, _ what: String, hint: String? = nil) -> UserError {
    error("the chunk '\(chunk.name)' at byte \(chunk.range.lowerBound - 8) \(what)", hint: hint)
  }

  private func error(_ what: String, hint: String? = nil) -> UserError {
    UserError("'\(url.relativePath)': \(what)", hint: hint)
  }
}
