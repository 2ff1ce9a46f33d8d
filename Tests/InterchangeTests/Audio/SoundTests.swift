import Compute
import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct SoundTests {
  /// Bytes of a file, put together chunk by chunk.
  private struct Bytes {
    var data = Data()

    mutating func text(_ text: String) { data.append(contentsOf: text.utf8) }
    mutating func put<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    mutating func chunk(_ name: String, _ body: Data, size: UInt32? = nil) {
      text(name)
      put(size ?? UInt32(body.count))
      data.append(body)
      if body.count % 2 == 1 { data.append(0) }
    }

    static func of(_ body: (inout Bytes) -> Void) -> Data {
      var bytes = Bytes()
      body(&bytes)
      return bytes.data
    }
  }

  private func format(
    _ code: UInt16, bits: UInt16, channels: UInt16 = 1, rate: UInt32 = 8000,
    extensibleCode: UInt16? = nil
  ) -> Data {
    Bytes.of {
      $0.put(extensibleCode == nil ? code : 0xFFFE)
      $0.put(channels)
      $0.put(rate)
      $0.put(rate * UInt32(channels * bits / 8))
      $0.put(channels * bits / 8)
      $0.put(bits)
      if let extensibleCode {
        $0.put(UInt16(22))
        $0.put(bits)
        $0.put(UInt32(0))
        $0.put(extensibleCode)
        $0.data.append(Data([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]))
      }
    }
  }

  private func wave(
    _ format: Data, _ body: Data, size: UInt32? = nil, between: (inout Bytes) -> Void = { _ in }
  ) -> Data {
    Bytes.of {
      $0.text("RIFF")
      $0.put(UInt32(0))
      $0.text("WAVE")
      $0.chunk("fmt ", format)
      between(&$0)
      $0.chunk("data", body, size: size)
    }
  }

  private func read(_ data: Data) throws -> Sound {
    let folder = try TemporaryFolder()
    try data.write(to: folder.file("a.wav"))
    return try Sound(contentsOf: folder.file("a.wav"))
  }

  private func expect(
    _ data: Data, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(message(data) == expected, sourceLocation: sourceLocation)
  }

  private func expect(
    _ file: Sound, _ samples: [Float], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(file.samples == samples, sourceLocation: sourceLocation)
  }

  /// The message without the path of the file.
  private func message(_ data: Data) -> String? {
    do {
      _ = try read(data)
      return nil
    } catch {
      let text = (error as? UserError)?.message ?? "\(error)"
      return text.split(separator: "a.wav': ", maxSplits: 1).last.map(String.init)
    }
  }

  @Test func integersOfAllWidths() throws {
    let eight = try read(wave(format(1, bits: 8), Data([0, 128, 255])))
    expect(eight, [-1, 0, 127 / 128])
    let sixteen = try read(
      wave(
        format(1, bits: 16, rate: 44100),
        Bytes.of { for value in [Int16.min, -1, 0, 1, .max] { $0.put(value) } }))
    #expect(sixteen.sampleRate == 44100 && sixteen.channelCount == 1)
    expect(sixteen, [-1, -1 / 32768, 0, 1 / 32768, 32767 / 32768])
    let twentyFour = try read(
      wave(format(1, bits: 24), Data([0, 0, 0x80, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0, 0x40])))
    expect(twentyFour, [-1, -1 / 8_388_608, 1 / 8_388_608, 0.5])
    let thirtyTwo = try read(
      wave(
        format(1, bits: 32), Bytes.of { for value in [Int32.min, 1 << 30] { $0.put(value) } }))
    expect(thirtyTwo, [-1, 0.5])
  }

  @Test func floats() throws {
    let single = Bytes.of { for value: Float in [0.25, -1.5] { $0.put(value.bitPattern) } }
    try expect(read(wave(format(3, bits: 32), single)), [0.25, -1.5])
    let double = Bytes.of { for value in [0.25, -1.5] { $0.put(value.bitPattern) } }
    try expect(read(wave(format(3, bits: 64), double)), [0.25, -1.5])
    let bad = Bytes.of { for value: Float in [0, .nan] { $0.put(value.bitPattern) } }
    expect(
      wave(format(3, bits: 32), bad), "the chunk 'data' at byte 36 has no finite number at sample 1"
    )
  }

  @Test func extensibleFormatAndSeveralChannels() throws {
    let body = Bytes.of { for value: Int16 in [8192, 16384, -8192, 0] { $0.put(value) } }
    let file = try read(wave(format(0, bits: 16, channels: 2, extensibleCode: 1), body))
    #expect(file.channelCount == 2)
    expect(file, [0.375, -0.125])
  }

  @Test func otherChunksArePassedOver() throws {
    let file = try read(
      wave(format(1, bits: 8), Data([128, 192, 64])) { $0.chunk("LIST", Data([1, 2, 3])) })
    expect(file, [0, 0.5, -0.5])
    // The byte that should follow an odd size is missing.
    let tight = try read(
      wave(format(1, bits: 8), Data([128, 192, 64])) {
        $0.text("LIST")
        $0.put(UInt32(3))
        $0.data.append(contentsOf: [1, 2, 3])
      })
    expect(tight, [0, 0.5, -0.5])
  }

  @Test func sizesThatWereNotKnown() throws {
    for size: UInt32 in [0, 0x7FFF_F000, 0x7FFF_FFDB, 0x8000_0000, 0xFFFF_FFFF] {
      let body = Data([128, 192, 64, 128])
      try expect(read(wave(format(1, bits: 8), body, size: size)), [0, 0.5, -0.5, 0])
      // Chunks behind it are no sound; what only looks like one is.
      let tail = Bytes.of {
        $0.chunk("LIST", Data("INFOISFT\u{4}\0\0\0ours".utf8))
        $0.chunk("id3 ", Data([1, 2]))
      }
      try expect(
        read(wave(format(1, bits: 8), Data([128, 192]), size: size) + tail), [0, 0.5])
      try expect(read(wave(format(1, bits: 8), Data(), size: size) + tail), [])
      let file = try read(wave(format(1, bits: 8), Data([128, 192]), size: size) + tail + [128])
      #expect(file.samples.count > 30)
      // A pipe may break within a frame.
      try expect(read(wave(format(1, bits: 16), Data([0, 64, 7]), size: size).dropLast()), [0.5])
    }
    expect(
      wave(format(1, bits: 8), Data([128, 192]), size: 0x7FFE_0000),
      "the chunk 'data' at byte 36 is cut short: found 2 of 2147352576 bytes")
    let large = Bytes.of {
      $0.text("RF64")
      $0.put(UInt32.max)
      $0.text("WAVE")
      $0.chunk(
        "ds64",
        Bytes.of {
          for value: UInt64 in [80, 2, 2] { $0.put(value) }
          $0.put(UInt32(0))
        })
      $0.chunk("fmt ", format(1, bits: 8))
      $0.chunk("data", Data([128, 192]), size: .max)
      $0.text("LIST")
    }
    try expect(read(large), [0, 0.5])
  }

  @Test func refusesWhatIsNoSound() {
    let good = wave(format(1, bits: 16), Data(repeating: 0, count: 8))
    expect(Data(), "0 bytes are too few for a sound file")
    expect(
      Data("Oggy567890123456".utf8),
      "begins with 'Oggy', which is the begin of no known sound file")
    expect(
      wave(format(1, bits: 16, channels: 0), Data([1, 2])),
      "the chunk 'fmt ' at byte 12 has 0 channels, 8000 samples a second and 0 bytes a frame")
    expect(good.dropLast(3), "the chunk 'data' at byte 36 is cut short: found 5 of 8 bytes")
    expect(
      wave(format(1, bits: 16), Data([1, 2, 3])),
      "the chunk 'data' at byte 36 is cut short: its 3 bytes are no multiple of 2, "
        + "the bytes of a frame")
    expect(good.prefix(39), "the header of the chunk at byte 36 is cut short")
    expect(good.prefix(36), "has no chunk 'data'")
    expect(good.prefix(12), "has no chunk 'fmt '")
    for count in 0..<good.count { #expect(message(good.prefix(count)) != nil) }
  }

  @Test func isWrittenAsItWasRead() throws {
    let samples = (0..<999).map { Float(Int16(truncatingIfNeeded: $0 * 7919)) / 32768 }
    let folder = try TemporaryFolder()
    let url = folder.file("b.wav")
    try Sound(sampleRate: 8000, samples: samples + [2, -2]).write(to: url)
    let file = try Sound(contentsOf: url)
    #expect(file.sampleRate == 8000)
    #expect(file.samples == samples + [32767 / 32768, -1])
    #expect(abs(file.seconds - 1001 / 8000) < 1e-12)
  }
}
