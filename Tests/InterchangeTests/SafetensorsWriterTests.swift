import Compute
import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  let folder: TemporaryFolder
  let url: URL

  init() throws {
    folder = try TemporaryFolder()
    url = folder.file("made.safetensors")
  }

  /// Three types, a scalar, an empty tensor and notes: 300 bytes or so.
  func writeSmallFile() throws {
    var writer = SafetensorsWriter(metadata: ["note": "\"é\""])
    writer.add("zeta", shape: [2, 1], floats: [1.5, -2])
    writer.add("ids", type: .i64, shape: [], bytes: [1, 2, 3, 4, 5, 6, 7, 8])
    writer.add("flags", type: .u8, shape: [3], bytes: [9, 8, 7])
    writer.add("alpha", shape: [0, 3], floats: [])
    try writer.write(to: url)
  }

  @Test func readsBackWhatWasWritten() throws {
    try writeSmallFile()
    let file = try SafetensorsFile.open(url, verifyDigest: true)
    #expect(
      file.tensors.mapValues(\.shape) == [
        "zeta": [2, 1], "ids": [], "flags": [3], "alpha": [0, 3],
      ])
    #expect(try file.floats("zeta") == [1.5, -2])
    #expect(try file.withBytes(of: "ids") { Array($0) } == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(file.metadata["format"] == "pt")
    #expect(file.metadata["note"] == "\"é\"")
    #expect(try folder.names == ["made.safetensors"])
  }

  /// The bytes are the contract with other programs and with files of earlier versions.
  @Test func writesTheseBytes() throws {
    try writeSmallFile()
    let bytes = [UInt8](try Data(contentsOf: url))
    let header = """
      {"__metadata__":{"digest":"xxh64:ec61e56609be8631","format":"pt","note":"\\"é\\""},\
      "ids":{"dtype":"I64","shape":[],"data_offsets":[0,8]},\
      "alpha":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]},\
      "zeta":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},\
      "flags":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}
      """
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    #expect(String(decoding: bytes[8..<8 + padded.utf8.count], as: UTF8.self) == padded)
    #expect(bytes[..<8] == withUnsafeBytes(of: UInt64(padded.utf8.count), Array.init)[...])
    #expect(
      bytes[(8 + padded.utf8.count)...]
        == [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0, 9, 8, 7])
  }

  @Test func aProviderMayHandOutParts() throws {
    var writer = SafetensorsWriter()
    writer.add("ramp", type: .f32, shape: [1000]) { body in
      for start in stride(from: 0, to: 1000, by: 100) {
        try (start..<start + 100).map(Float.init).withUnsafeBytes { try body($0) }
      }
    }
    try writer.write(to: url)
    let file = try SafetensorsFile.open(url, verifyDigest: true)
    #expect(try file.floats("ramp") == (0..<1000).map(Float.init))
  }

  @Test func everyTruncationIsRefused() throws {
    try writeSmallFile()
    let whole = try Data(contentsOf: url)
    for count in 0..<whole.count {
      try whole.prefix(count).write(to: url)
      #expect(throws: UserError.self, "\(count) bytes") { try SafetensorsFile.open(url) }
    }
  }

  @Test func everyFlippedByteIsFound() throws {
    try writeSmallFile()
    let whole = try Data(contentsOf: url)
    for index in 0..<whole.count {
      for flip: UInt8 in [0x01, 0x20, 0x80, 0xFF] {
        var damaged = whole
        damaged[index] ^= flip
        try damaged.write(to: url)
        #expect(throws: UserError.self, "byte \(index) ^ \(flip)") {
          try SafetensorsFile.open(url, verifyDigest: true)
        }
        // Without the digest most flips pass; they must still not trap.
        _ = try? SafetensorsFile.open(url).floats("zeta")
      }
    }
  }

  @Test func tellsDamageFromAMissingDigest() throws {
    try writeSmallFile()
    var damaged = try Data(contentsOf: url)
    damaged[damaged.count - 1] ^= 1
    try damaged.write(to: url)
    let damage = #expect(throws: UserError.self) {
      try SafetensorsFile.open(url, verifyDigest: true)
    }
    #expect(damage?.message.hasPrefix("'\(url.path)' is damaged: expected the digest ") == true)

    try Data([2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]).write(to: url)
    let missing = #expect(throws: UserError.self) {
      try SafetensorsFile.open(url, verifyDigest: true)
    }
    #expect(missing?.message.contains("carries no digest") == true)
  }

  @Test func anOldFileSurvivesAFailingProvider() throws {
    struct Interruption: Error {}
    try writeSmallFile()
    var writer = SafetensorsWriter()
    writer.add("a", type: .u8, shape: [2]) { body in
      try [UInt8(1)].withUnsafeBytes { try body($0) }
      throw Interruption()
    }
    #expect(throws: Interruption.self) { try writer.write(to: url) }
    #expect(try SafetensorsFile.open(url, verifyDigest: true).tensors.count == 4)
  }

  @Test func aProviderThatFallsShortIsAProgrammersMistake() async {
    await #expect(processExitsWith: .failure) {
      var writer = SafetensorsWriter()
      writer.add("a", type: .u8, shape: [2], bytes: [1])
      try writer.write(to: FileManager.default.temporaryDirectory.appendingPathComponent("short"))
    }
  }
}
