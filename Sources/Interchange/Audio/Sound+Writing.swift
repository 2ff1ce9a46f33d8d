import Compute
import Foundation

extension Sound {
  /// Writes one channel of 16-bit PCM, rounded to nearest; samples beyond ±1 are cut off there.
  ///
  /// What `init(contentsOf:)` reads of a file of 16-bit samples is written back bit by bit.
  package func write(to url: URL) throws {
    let bodyBytes = 2 * samples.count
    guard let size = UInt32(exactly: bodyBytes), size <= UInt32.max - 36 else {
      throw UserError(
        "'\(url.relativePath)': \(bodyBytes) bytes of sound are too many for a WAV file")
    }
    let bytesPerSecond = 2 * UInt64(sampleRate)
    guard let bytesPerSecond = UInt32(exactly: bytesPerSecond) else {
      throw UserError(
        "'\(url.relativePath)': \(sampleRate) samples a second are too many for a WAV file")
    }
    var bytes = Data(capacity: 44 + bodyBytes)
    func append<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    bytes.append(contentsOf: "RIFF".utf8)
    append(size + 36)
    bytes.append(contentsOf: "WAVEfmt ".utf8)
    append(UInt32(16))
    append(UInt16(1))
    append(UInt16(1))
    append(UInt32(sampleRate))
    append(bytesPerSecond)
    append(UInt16(2))
    append(UInt16(16))
    bytes.append(contentsOf: "data".utf8)
    append(size)
    for sample in samples {
      append(Int16(max(-32768, min(32767, (sample * 32768).rounded()))))
    }
    try AtomicFile.write(to: url) { file in
      try bytes.withUnsafeBytes { try file.append($0) }
    }
  }
}
