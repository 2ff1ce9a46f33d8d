import Foundation
import Interchange
import TestSupport
import Testing

/// What the Python reader takes is taken here, and what it refuses is refused, over a generated family
/// of files: `Goldens/make_safetensors_verdicts.py`.
@Suite struct SafetensorsVerdictTests {
  private struct Case {
    let isTaken: Bool
    let bytes: Data

    /// A line `[taken, "added to the length", bytes of data, "header"]`; a character of the header is a
    /// byte.
    init(_ line: Substring) throws {
      let fields = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
      isTaken = try #require(fields[0] as? Bool)
      let added = try #require((fields[1] as? String).flatMap { UInt64($0) })
      let dataCount = try #require(fields[2] as? Int)
      let header = try #require(fields[3] as? String).unicodeScalars.map { UInt8($0.value) }
      let length = UInt64(header.count) &+ added
      bytes =
        Data(withUnsafeBytes(of: length.littleEndian, Array.init) + header) + Data(count: dataCount)
    }
  }

  /// What is refused here although the Python reader takes it: a tensor of nothing with a dimension that
  /// no `Int` holds, and two names that are one text in different bytes.
  private static func isArgued(_ line: Substring) -> Bool {
    let isOneText = line.contains(#"e\u00cc\u0081"#)
    let isBeyondInt = ["9223372036854775808", "18446744073709551615"].contains { number in
      line.contains("[\(number),0]") || line.contains("[0,\(number)]")
    }
    return line.hasPrefix("[true") && (isOneText || isBeyondInt)
  }

  @Test func verdictsAreThoseOfThePythonReader() throws {
    let url = try #require(
      Bundle.module.url(forResource: "safetensors_verdicts", withExtension: "jsonl"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    #expect(lines.count > 2_000)
    let folder = try TemporaryFolder()
    for (index, line) in lines.enumerated() where !Self.isArgued(line) {
      let example = try Case(line)
      // A file of its own: to write one anew waits for the disk on some file systems.
      let file = folder.file("\(index).safetensors")
      try example.bytes.write(to: file)
      let isTaken = (try? SafetensorsFile.open(file)) != nil
      #expect(isTaken == example.isTaken, "\(line)")
    }
  }
}
