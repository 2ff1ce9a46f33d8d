import Compute
import Corpora
import Foundation
import TestSupport
import Testing

/// Packed with Python's `gzip` and `lzma` and with `zstd -19`.
struct UnpackedFileTests {
  /// `b<TAB>one`, `a<TAB>two`.
  private static let small = [
    ("gzip", "H4sIAAAAAAAC/0vizM9L5UrkLCnP5wIAwZcsNQwAAAA="),
    ("zstd", "KLUv/QRoYQAAYglvbmUKYQl0d28KRLc5Aw=="),
    (
      "xz",
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQALYglvbmUKYQl0d28KANAoM2TnFiGEAAEkDKYY2NgftvN9AQAAAAAEWVo="
    ),
  ]
  /// A hundred thousand lines `9`: more than one block.
  private static let large = [
    (
      "gzip",
      "H4sIAAAAAAAC/+3CMQ0AAAACoN9G9i9mBn8GTQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAACA0wACjdcWQA0DAA=="
    ),
    (
      "zstd",
      "KLUv/QRoVAAAEDkKAQD7/+UOC0UAAAABAD0N8gsEq0l/bg=="
    ),
    (
      "xz",
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4w0/AGRdAByCq/wd//f/1IEKn3RzhPowEaZpp4+RC+RFpEO932qwFnAe"
        + "Vi0L6rgnHZslAj+o/1pyqZWiwsWqNBkGdox2aWWhLsiGGGVgsv9Nj/IFi2j0kUiMhwCUEpokNn9mQpAS2SxoFQAA"
        + "wsKs8FYQgpgAAYABwJoMAJl1+cqxxGf7AgAAAAAEWVo="
    ),
  ]

  private func bytes(_ text: String) throws -> [UInt8] {
    Array(try #require(Data(base64Encoded: text)))
  }

  @Test(arguments: small) func textsAreUnpacked(kind: String, packed: String) throws {
    let folder = try TemporaryFolder()
    // Whatever the name says.
    let bytes = try bytes(packed)
    let texts = try LabelledTexts.read(folder.file("a.txt", bytes))
    #expect(Array(texts.texts) == ["one", "two"])
    #expect(texts.labels.names == ["a", "b"])
    // Two members are one text.
    #expect(
      try Array(LabelledTexts.read(folder.file("b", bytes + bytes)).texts)
        == ["one", "two", "one", "two"])
  }

  @Test(arguments: small) func damageIsNoTrap(kind: String, packed: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try bytes(packed)
    let start = kind == "gzip" ? 2 : kind == "zstd" ? 4 : 6
    for count in start..<bytes.count {
      expectUserError(saying: "cut' is compressed and cut short") {
        _ = try LabelledTexts.read(folder.file("cut", bytes[..<count]))
      }
    }
    for place in start..<bytes.count {
      var changed = bytes
      changed[place] ^= 0x55
      // Some bytes mean nothing, such as the time of gzip.
      _ = try? LabelledTexts.read(folder.file("changed", changed))
    }
    expectUserError(saying: "more' is compressed and damaged") {
      _ = try LabelledTexts.read(
        folder.file("more", bytes + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
    }
  }

  @Test(arguments: large) func corporaAreUnpacked(kind: String, packed: String) throws {
    let folder = try TemporaryFolder()
    let plain = try folder.file("plain", String(repeating: "9\n", count: 100_000))
    let file = try folder.file("packed", bytes(packed))
    for tokens in TokenKind.allCases {
      let corpora = try [plain, file].map {
        try CorpusTokenizer.tokenize(
          files: [$0], .init(tokens), cacheFolder: folder.cache, threads: 2)
      }
      #expect(corpora[0].vocabulary.digest == corpora[1].vocabulary.digest)
      #expect(corpora[0].tokens.count == corpora[1].tokens.count)
      #expect(corpora[1].tokens.count == 200_000)
    }
  }

  @Test func namesLookThroughTheEnding() {
    for (name, ending) in [
      ("a.csv", "csv"), ("a.CSV.gz", "csv"), ("a.tsv.ZST", "tsv"), ("a.gz", ""), ("a", ""),
    ] {
      #expect(URL(fileURLWithPath: "/x/\(name)").contentExtension == ending)
    }
  }

  // MARK: Streams

  /// Bytes that come some at a time; who asks for more than there are waits for ever.
  private final class Typed: ByteSource {
    let place = "standard input"
    private var bytes: ArraySlice<UInt8>
    private let step: Int
    private let ends: Bool

    init(_ bytes: [UInt8], _ step: Int, ends: Bool = true) {
      (self.bytes, self.step, self.ends) = (bytes[...], step, ends)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      guard ends || !bytes.isEmpty else { throw CancellationError() }
      let part = bytes.prefix(min(step, buffer.count))
      for (index, byte) in part.enumerated() { buffer[index] = byte }
      bytes = bytes.dropFirst(part.count)
      return part.count
    }
  }

  /// What is piped in is unpacked too, however it comes.
  @Test(arguments: small) func streamsAreUnpacked(kind: String, packed: String) throws {
    let once = try bytes(packed)
    for step in [1, 2, 5, 7, 1000] {
      let text = try UnpackedStream(Typed(once + once, step)).rest()
      #expect(String(decoding: text, as: UTF8.self) == "b\tone\na\ttwo\nb\tone\na\ttwo\n")
      expectUserError(saying: "standard input is compressed and cut short") {
        _ = try UnpackedStream(Typed(Array(once.dropLast(3)), step)).rest()
      }
    }
  }

  /// What is not packed comes as it is, and nobody waits for more than was typed.
  @Test func otherStreamsComeAsTheyAre() throws {
    for text in ["", "(", "(a)\n", "\u{1F}", "a\n", "\u{28}\u{B5}/", "7zXZ"] {
      let bytes = Array(text.utf8)
      for step in [1, 3, 100] {
        #expect(try UnpackedStream(Typed(bytes, step)).rest() == bytes)
      }
    }
    for text in ["a\n", "(\n"] {
      let stream = UnpackedStream(Typed(Array(text.utf8), 1, ends: false))
      var (found, next) = ([UInt8](), UInt8(0))
      for _ in 0..<2 {
        #expect(try withUnsafeMutableBytes(of: &next) { try stream.read(into: $0) } == 1)
        found.append(next)
      }
      #expect(found == Array(text.utf8))
    }
  }
}
