import Compute
import Foundation
import Interchange
import TestSupport
import Testing

/// Bytes of event files; the `tensorboard` package reads them in Tests/TensorBoard.
@Suite struct EventFileTests {
  /// Check values of both polynomials, as catalogues of checksums have them.
  @Test(arguments: [
    (CRC32.zip, "123456789", UInt32(0xCBF4_3926)), (.castagnoli, "123456789", 0xE306_9283),
    (.zip, "", 0), (.castagnoli, "", 0),
    (.castagnoli, String(repeating: "\u{0}", count: 32), 0x8A91_36AA),
  ])
  func checksums(crc: CRC32, text: String, expected: UInt32) {
    #expect(crc.checksum(of: Array(text.utf8)) == expected)
  }

  /// The first record of every file, of the first second of 1970, as the `tensorboard` package writes it.
  @Test func recordsAreTensorFlows() {
    var event = ProtobufMessage()
    event.add(1, 1.0)
    event.add(3, "brain.Event:2")
    let expected: [UInt8] =
      [0x18, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22]
      + [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x1A, 0x0D] + Array("brain.Event:2".utf8)
      + [0x86, 0xBF, 0x57, 0x7A]
    #expect(EventFile.record(event.bytes) == expected)
  }

  @Test func integersAreVarints() {
    for (value, bytes) in [
      (0, [0x08, 0]), (127, [0x08, 0x7F]), (128, [0x08, 0x80, 1]), (300, [0x08, 0xAC, 2]),
      (-1, [0x08] + [UInt8](repeating: 0xFF, count: 9) + [1]),
    ] as [(Int, [UInt8])] {
      var message = ProtobufMessage()
      message.add(1, value)
      #expect(message.bytes == bytes)
    }
  }

  /// A message in a message is preceded by its length, whatever it is of.
  @Test func messagesInMessagesSayTheirLength() {
    var inner = ProtobufMessage()
    inner.add(1, 300)
    inner.add(2, -1)
    inner.add(3, Float(1))
    inner.add(4, bytes: [UInt8](repeating: 7, count: 5000))
    var outer = ProtobufMessage()
    outer.add(5, inner)
    #expect(inner.bytes.count == 3 + 11 + 5 + 5003)
    #expect(outer.bytes == [0x2A, 0x9E, 0x27] + inner.bytes)
  }

  /// Time, step and what happened, in the fields of TensorFlow's `Event`.
  @Test func eventsSayTheirStep() throws {
    let folder = try TemporaryFolder()
    let time = Date(timeIntervalSince1970: 1)
    let file = try EventFile(in: folder.file("events"), host: "host", at: time)
    try file.restart(at: 300, time: time)
    let event: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x10, 0xAC, 2, 0x3A, 2, 0x08, 1]
    let record = EventFile.record(event)
    #expect(try Data(contentsOf: file.url).suffix(record.count) == Data(record))
  }

  @Test func histogramsCountEveryFiniteValueOnce() {
    let values: [Float] = [-1, -0.5, 0, 0.25, .nan, .infinity, 1, 1, -.infinity]
    let histogram = values.withUnsafeBufferPointer { BoardHistogram($0, buckets: 4) }
    #expect(histogram.count == 6 && histogram.buckets == [1, 1, 2, 2])
    #expect(histogram.least == -1 && histogram.largest == 1)
    for values: [Float] in [[], [.nan]] {
      let nothing = values.withUnsafeBufferPointer { BoardHistogram($0) }
      #expect(nothing.count == 0 && nothing.buckets.allSatisfy { $0 == 0 })
    }
    let equal = [Float](repeating: 3, count: 7)
    #expect(equal.withUnsafeBufferPointer { BoardHistogram($0) }.buckets.first == 7)
  }

  /// A picture that a reader of PNG files takes: signature, chunks with their checksums, stored blocks that
  /// give the lines again.
  @Test(arguments: [(3, 2), (150, 200)]) func pictures(width: Int, height: Int) throws {
    let pixels = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let png = Picture(width: width, height: height, pixels: pixels).png
    func number(_ place: Int) -> Int {
      png[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(Array(png.prefix(8)) == [0x89] + Array("PNG\r\n\u{1A}\n".utf8))
    var (place, data, names) = (8, [UInt8](), [String]())
    while place < png.count {
      let end = place + 8 + number(place)
      #expect(number(end) == Int(CRC32.zip.checksum(of: png[place + 4..<end])))
      names.append(String(decoding: png[place + 4..<place + 8], as: UTF8.self))
      if names.last == "IDAT" { data += png[place + 8..<end] }
      place = end + 4
    }
    #expect(names == ["IHDR", "IDAT", "IEND"])
    #expect(number(16) == width && number(20) == height)
    var (stored, start) = ([UInt8](), 2)
    while true {
      let (isLast, count) = (data[start], Int(data[start + 1]) | Int(data[start + 2]) << 8)
      #expect(
        data[start + 1] ^ data[start + 3] == 0xFF && data[start + 2] ^ data[start + 4] == 0xFF)
      stored += data[start + 5..<start + 5 + count]
      start += 5 + count
      if isLast == 1 { break }
    }
    #expect(start + 4 == data.count)
    var lines: [UInt8] = []
    for row in 0..<height {
      lines.append(0)
      lines += pixels[3 * width * row..<3 * width * (row + 1)]
    }
    #expect(stored == lines)
  }

  @Test func filesOfOneSecondHaveNamesOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    let time = Date(timeIntervalSince1970: 1_700_000_000)
    let files = try (0..<3).map { _ in
      try EventFile(in: folder.file("a/b"), host: "host", at: time)
    }
    #expect(Set(files.map(\.url)).count == 3)
    #expect(
      files.allSatisfy { $0.url.lastPathComponent.hasPrefix("events.out.tfevents.1700000000.") })
  }
}
