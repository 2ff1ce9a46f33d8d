import Compute
import Foundation
import Interchange
import TestSupport
import Testing

/// Files built by hand, byte by byte, so that the reader is not judged by the writer.
@Suite struct SafetensorsReaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes length, header and data as they are given.
  func file(
    _ header: String, data: [UInt8] = [], length: UInt64? = nil
  ) throws -> URL {
    let url = folder.file("hand.safetensors")
    var bytes = withUnsafeBytes(
      of: (length ?? UInt64(header.utf8.count)).littleEndian, Array.init)
    bytes += Array(header.utf8) + data
    try Data(bytes).write(to: url)
    return url
  }

  func reason(_ header: String, data: [UInt8] = [], length: UInt64? = nil) throws -> String {
    let url = try file(header, data: data, length: length)
    let error = #expect(throws: UserError.self) { try SafetensorsFile.open(url) }
    let message = error?.message ?? ""
    #expect(message.contains("'\(url.path)'"), "the file is not named in: \(message)")
    return message
  }

  @Test func readsAFileMadeByHand() throws {
    // The entries are neither in the order of their data nor of their names.
    let url = try file(
      """
      {"w":{"dtype":"F32","shape":[2,1],"data_offsets":[3,11]},\
      "__metadata__":{"format":"pt","note":"\\u00e9"},\
      "none":{"dtype":"F64","shape":[4,0],"data_offsets":[3,3]},\
      "bytes":{"data_offsets":[0,3],"dtype":"U8","shape":[3],"extra":1},\
      "scalar":{"dtype":"BF16","shape":[],"data_offsets":[11,13]}}\("   ")
      """,
      data: [7, 8, 9, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC1, 0x49, 0x40])
    let file = try SafetensorsFile.open(url)
    #expect(Set(file.tensors.keys) == ["w", "none", "bytes", "scalar"])
    #expect(file.metadata == ["format": "pt", "note": "é"])
    #expect(try file.tensor("w").type == .f32)
    #expect(try file.tensor("w").shape == [2, 1])
    #expect(try file.tensor("w").byteRange == 3..<11)
    #expect(try file.floats("w") == [1, -10])
    #expect(try file.floats("none") == [])
    #expect(try file.floats("scalar") == [3.140625])
    #expect(try file.withBytes(of: "bytes") { Array($0) } == [7, 8, 9])
    #expect(try file.withBytes(of: "bytes", part: 1..<3) { Array($0) } == [8, 9])
  }

  /// What people name in place of safetensors.
  @Test(
    arguments: [
      ([0x50, 0x4B, 3, 4, 0, 0, 0, 0, 8, 8], "a ZIP archive, as torch.save writes", "save_file"),
      (
        Array(#"{"metadata": {"total_size": 8}, "weight_map": {"w": "a.safetensors"}}"#.utf8),
        "a text in JSON, as model.safetensors.index.json", "into one"
      ),
      (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "a pointer of Git LFS", "pull"),
    ] as [([UInt8], String, String)])
  func otherFormsAreNamed(bytes: [UInt8], what: String, hint: String) throws {
    let url = folder.file("other.safetensors")
    try Data(bytes).write(to: url)
    expectUserError(saying: "other.safetensors' is \(what), expected a safetensors file", hint) {
      _ = try SafetensorsFile.open(url)
    }
  }

  @Test func readsAFileOfTheReferenceImplementation() throws {
    // safetensors.torch.save_file, version 0.8.0, of
    // {"weight_ih_l0": [[0.5, -1.25], [3, 1e-8]], "half": bfloat16 [1, -0.1], "step": int64 7}.
    let base64 = """
      2AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJzdGVwIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGU\
      iOltdLCJkYXRhX29mZnNldHMiOlswLDhdfSwid2VpZ2h0X2loX2wwIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLD\
      JdLCJkYXRhX29mZnNldHMiOls4LDI0XX0sImhhbGYiOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOlsyXSwiZGF0YV9vZ\
      mZzZXRzIjpbMjQsMjhdfX0gICAHAAAAAAAAAAAAAD8AAKC/AABAQHfMKzKAP829
      """
    let url = folder.file("reference.safetensors")
    try #require(Data(base64Encoded: base64)).write(to: url)
    let file = try SafetensorsFile.open(url)
    #expect(try file.floats("weight_ih_l0") == [0.5, -1.25, 3, 1e-8])
    #expect(try file.tensor("weight_ih_l0").shape == [2, 2])
    #expect(try file.floats("half") == [1, -0.10009765625])
    #expect(try file.withBytes(of: "step") { Array($0) } == [7, 0, 0, 0, 0, 0, 0, 0])
    #expect(throws: UserError.self) { try file.verifyDigest() }
  }

  @Test func anEmptyObjectIsAFile() throws {
    #expect(try SafetensorsFile.open(file("{}")).tensors.isEmpty)
  }

  @Test func convertsEveryFloatType() throws {
    var data: [UInt8] = []
    data += [1.5, -2.25e-3].flatMap { withUnsafeBytes(of: $0 as Double, Array.init) }
    // Half: 1, -2, smallest subnormal, largest finite, -infinity, -0.
    data += [0x3C00, 0xC000, 0x0001, 0x7BFF, 0xFC00, 0x8000].flatMap {
      withUnsafeBytes(of: $0 as UInt16, Array.init)
    }
    let file = try SafetensorsFile.open(
      file(
        """
        {"d":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},\
        "h":{"dtype":"F16","shape":[6],"data_offsets":[16,28]}}
        """, data: data))
    #expect(try file.floats("d") == [1.5, -2.25e-3])
    #expect(try file.floats("h") == [1, -2, 0x1p-24, 65504, -.infinity, 0])
    #expect(try file.floats("h")[5].sign == .minus)
  }

  @Test func refusesTheWrongTensorTypeOrSize() throws {
    let url = try file(
      """
      {"i":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},\
      "f":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
      """, data: [1, 0, 0, 0, 0, 0, 0x80, 0x3F])
    let file = try SafetensorsFile.open(url)
    var floats: [Float] = [0, 0]
    let missing = #expect(throws: UserError.self) { try file.floats("x") }
    #expect(missing?.message == "'\(url.path)' holds no tensor 'x'")
    let type = #expect(throws: UserError.self) { try file.floats("i") }
    #expect(
      type?.message
        == "'\(url.path)' holds 'i' as I32 [1], but F32, F64, F16 or BF16 were expected")
    let count = #expect(throws: UserError.self) { try file.copy("f", into: &floats, count: 2) }
    #expect(
      count?.message == "'\(url.path)' holds 'f' as F32 [1], but 2 elements were expected")
    #expect(throws: UserError.self) {
      try floats.withUnsafeMutableBytes { try file.copyBytes("f", type: .f32, into: $0) }
    }
    var integer: Int32 = 0
    try withUnsafeMutableBytes(of: &integer) { try file.copyBytes("i", type: .i32, into: $0) }
    #expect(integer == 1)
    #expect(throws: UserError.self) {
      try withUnsafeMutableBytes(of: &integer) { try file.copyBytes("i", type: .u32, into: $0) }
    }
  }

  @Test func refusesAHeaderThatCannotBe() throws {
    #expect(try reason("{}", length: 3).contains("should have 3 bytes, but only 2 follow"))
    #expect(try reason("{}", length: 100_000_001).contains("at most 100000000 bytes"))
    #expect(try reason("{}", length: .max).contains("at most 100000000 bytes"))
    #expect(try reason("", length: 0).contains("is not JSON"))
    #expect(try reason("\u{FEFF}{}").contains("does not begin with '{'"))
    #expect(try reason("[]").contains("expected an object"))
    #expect(try reason("{}\0").contains("is not JSON"))
    #expect(try reason("{} {}").contains("is not JSON"))
    #expect(try reason("{\"a\":}").contains("is not JSON"))
    #expect(try reason("{\"__metadata__\":{\"a\":1}}").contains("not a string"))
    #expect(try reason("{\"__metadata__\":[]}").contains("not an object"))
    #expect(
      try reason("{\"__metadata__\":{},\"__metadata__\":{}}").contains("'__metadata__' twice"))
  }

  static let entry = "\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]"

  @Test func refusesTensorsThatCannotBe() throws {
    func of(_ entry: String) throws -> String { try reason("{\"a\":\(entry)}", data: [1, 2]) }
    _ = try SafetensorsFile.open(file("{\"a\":{\(Self.entry)}}", data: [1, 2]))
    #expect(
      try reason("{\"\\u00e9\":{\(Self.entry)},\"e\\u0301\":{\(Self.entry)}}", data: [1, 2])
        .contains("in different bytes"))
    #expect(try of("{\(Self.entry),\"dtype\":\"U8\"}").contains("dtype twice"))
    #expect(try of("1").contains("no object"))
    #expect(try of("{\"shape\":[2],\"data_offsets\":[0,2]}").contains("no dtype"))
    #expect(
      try of("{\"dtype\":\"U9\",\"shape\":[2],\"data_offsets\":[0,2]}").contains("dtype 'U9'"))
    for shape in ["[-2]", "[2.0]", "2", "[\"2\"]", "[18446744073709551615]", "null"] {
      #expect(
        try of("{\"dtype\":\"U8\",\"shape\":\(shape),\"data_offsets\":[0,2]}")
          .contains("no shape"), "\(shape)")
    }
    for offsets in ["[2,0]", "[0]", "[0,1,2]", "[-2,0]", "[0,9223372036854775808]", "{}"] {
      #expect(
        try of("{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":\(offsets)}")
          .contains("no two data_offsets"), "\(offsets)")
    }
    for shape in ["[4611686018427387904,4]", "[4611686018427387904,4611686018427387904,0]"] {
      #expect(
        try of("{\"dtype\":\"U8\",\"shape\":\(shape),\"data_offsets\":[0,2]}")
          .contains("impossible shape"), "\(shape)")
    }
    #expect(
      try of("{\"dtype\":\"F6_E2M3\",\"shape\":[2],\"data_offsets\":[0,2]}")
        .contains("impossible shape"))
    #expect(
      try of("{\"dtype\":\"U16\",\"shape\":[2],\"data_offsets\":[0,2]}")
        .contains("takes 4 bytes, but its data_offsets span 2"))
  }

  @Test func refusesDataThatIsNotTiled() throws {
    func two(_ a: ClosedRange<Int>, _ b: ClosedRange<Int>, data: Int) throws -> String {
      func entry(_ r: ClosedRange<Int>) -> String {
        "{\"dtype\":\"U8\",\"shape\":[\(r.count - 1)],"
          + "\"data_offsets\":[\(r.lowerBound),\(r.upperBound)]}"
      }
      return try reason(
        "{\"a\":\(entry(a)),\"b\":\(entry(b))}", data: [UInt8](repeating: 0, count: data))
    }
    #expect(try two(0...2, 3...4, data: 4).contains("tensor 'b' begins at byte 3 and leaves a gap"))
    #expect(try two(0...2, 1...3, data: 3).contains("tensor 'b' begins at byte 1 and overlaps"))
    #expect(try two(0...2, 0...2, data: 2).contains("overlaps"))
    #expect(try two(1...2, 2...3, data: 3).contains("tensor 'a' begins at byte 1 and leaves a gap"))
    #expect(try two(0...2, 2...4, data: 5).contains("expected 4 bytes of data, found 5"))
    #expect(try two(0...2, 2...4, data: 3).contains("expected 4 bytes of data, found 3"))
  }

  @Test func refusesWhatIsNoFile() throws {
    let missing = folder.file("missing.safetensors")
    let error = #expect(throws: UserError.self) { try SafetensorsFile.open(missing) }
    #expect(error?.message == "cannot read '\(missing.path)': No such file or directory")
    #expect(throws: UserError.self) { try SafetensorsFile.open(folder.url) }
    for count in 0..<8 {
      let short = folder.file("short.safetensors")
      try Data(repeating: 0, count: count).write(to: short)
      let error = #expect(throws: UserError.self) { try SafetensorsFile.open(short) }
      #expect(error?.message.contains("expected at least 8 bytes, found \(count)") == true)
    }
  }
}
