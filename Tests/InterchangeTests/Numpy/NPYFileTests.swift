import Compute
import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct NPYFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The bytes of numpy 2.4's `numpy.save(…, numpy.arange(6, dtype="f4").reshape(2, 3))`.
  @Test func bytesAreThoseOfNumpy() throws {
    let url = folder.file("a.npy")
    try NPYFile(rows: 2, columns: 3, values: [0, 1, 2, 3, 4, 5]).write(to: url)
    let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    var expected: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0]
    expected += Array(dictionary.utf8)
    expected += [UInt8](repeating: 0x20, count: 0x76 - dictionary.utf8.count - 1) + [0x0A]
    expected += [
      0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0, 0xA0,
      0x40,
    ]
    #expect(try Data(contentsOf: url) == Data(expected))
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let url = folder.file("a.npy")
    for (rows, columns) in [(0, 3), (1, 1), (123_456, 2)] {
      let values = (0..<rows * columns).map { Float($0) * 0.1 }
      let file = NPYFile(rows: rows, columns: columns, values: values)
      try file.write(to: url)
      #expect(try NPYFile(contentsOf: url) == file)
    }
  }

  /// Doubles, and a header of version 2.
  @Test func readsWhatNumpyMayWrite() throws {
    let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }\n"
    let doubles = [0.5, -2].flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    let size = UInt8(text.utf8.count)
    let url = try write([2, 0, size, 0, 0, 0], text, doubles)
    #expect(try NPYFile(contentsOf: url).values == [0.5, -2])
  }

  struct Bad: Sendable {
    let version: [UInt8]
    let header: String
    let words: String
  }

  @Test(arguments: [
    Bad(version: [4, 0, 2, 0], header: "{}", words: "version 4.0"),
    Bad(version: [1, 0, 200, 0], header: "{}", words: "cut off inside its header"),
    Bad(version: [1, 0, 2, 0], header: "{}", words: "no header that says its shape"),
    Bad(
      version: [1, 0, 59, 0], header: "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2), }",
      words: "holds '<i4' rows first"),
    Bad(
      version: [1, 0, 58, 0], header: "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }",
      words: "holds '<f4' columns first"),
    Bad(
      version: [1, 0, 57, 0], header: "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
      words: "two dimensions"),
    Bad(
      version: [1, 0, 59, 0], header: "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }",
      words: "8 bytes of elements"),
    Bad(
      version: [1, 0, 92, 0],
      header:
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904)}",
      words: "bytes of elements"),
  ])
  func otherFilesAreRefused(bad: Bad) throws {
    let url = try write(bad.version, bad.header, [UInt8](repeating: 0, count: 8))
    let error = try #require(throws: UserError.self) { try NPYFile(contentsOf: url) }
    #expect(error.message.contains(bad.words), "\(error)")
    #expect(error.message.contains("b.npy"))
  }

  @Test func noFilesAtAll() throws {
    for (name, text) in [("empty.npy", ""), ("text.npy", "word 1 2 3\n")] {
      let url = try folder.write(text, to: name)
      let error = try #require(throws: UserError.self) { try NPYFile(contentsOf: url) }
      #expect(error.message.contains("is no .npy file"))
    }
    #expect(throws: UserError.self) { try NPYFile(contentsOf: folder.file("missing.npy")) }
  }

  private func write(_ version: [UInt8], _ header: String, _ elements: [UInt8]) throws -> URL {
    let url = folder.file("b.npy")
    try Data([0x93] + Array("NUMPY".utf8) + version + Array(header.utf8) + elements).write(to: url)
    return url
  }
}
